package io.holdfast.fencing.ipmi;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Outcome;
import io.holdfast.fencing.ipmi.core.SensorRecords;
import io.holdfast.fencing.ipmi.core.SensorSurvey;
import io.holdfast.fencing.ipmi.core.Trouble;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One BMC that cuts and reads the power of one host. Every call is a conversation of its own; any thread may call.
 *
 * <p>What a refusal is and what is only silence: {@link io.holdfast.fencing.ipmi.core.Trouble#refusal}.
 */
public final class IpmiDevice implements FenceDevice {

    private final BmcClient client;
    private final String address;
    private final int port;
    private final Login login;

    /** From the last survey that read them to the end. Any of two at the same time may win. */
    private volatile @Nullable SensorRecords records;

    public IpmiDevice(BmcClient client, String address, int port, Login login) {
        this.client = client;
        this.address = address;
        this.port = port;
        this.login = login;
    }

    @Override
    public String name() {
        return "ipmi " + address + ":" + port;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        long startNanos = System.nanoTime();
        Outcome outcome = client.act(address, port, login, ChassisAct.STATUS, deadline);
        Duration took = since(startNanos);
        return switch (outcome) {
            case Outcome.Power power ->
                new PowerReading(
                        power.on() ? PowerState.ON : PowerState.OFF,
                        "chassis power is " + (power.on() ? "on" : "off"),
                        took);
            case Outcome.Done _, Outcome.Time _, Outcome.Hardware _ ->
                new PowerReading(PowerState.UNKNOWN, "the answer holds no power state", took);
            case Outcome.Failed failed -> new PowerReading(PowerState.UNKNOWN, failed.text(), took);
        };
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        return order(ChassisAct.OFF, "down", deadline);
    }

    @Override
    public PowerOrder powerOn(Duration deadline) {
        return order(ChassisAct.ON, "up", deadline);
    }

    private PowerOrder order(ChassisAct act, String word, Duration deadline) {
        long startNanos = System.nanoTime();
        Outcome outcome = client.act(address, port, login, act, deadline);
        Duration took = since(startNanos);
        return switch (outcome) {
            case Outcome.Done _ ->
                new PowerOrder(PowerOrder.Answer.ACCEPTED, "chassis power " + word + " accepted", took);
            case Outcome.Power _, Outcome.Time _, Outcome.Hardware _ ->
                new PowerOrder(PowerOrder.Answer.NO_ANSWER, "the answer is to another question", took);
            case Outcome.Failed failed ->
                new PowerOrder(
                        failed.trouble().refusal() ? PowerOrder.Answer.REFUSED : PowerOrder.Answer.NO_ANSWER,
                        failed.text(),
                        took);
        };
    }

    /**
     * The privilege that orders want is asked for in every session, questions included (section 22.18), so a session that
     * answers has it. The clock is read in one of its own; a device that has none says so.
     */
    @Override
    public List<DeviceFact> facts(Duration deadline) {
        long startNanos = System.nanoTime();
        Outcome outcome = client.act(address, port, login, ChassisAct.CLOCK, deadline);
        Duration took = since(startNanos);
        DeviceFact granted = new DeviceFact.Rights(
                DeviceFact.Rights.Answer.GRANTED,
                "the session is " + login.privilege() + "'s, as orders want it",
                took);
        return switch (outcome) {
            case Outcome.Time time
            when time.isSet() ->
                List.of(
                        granted,
                        new DeviceFact.Clock(Instant.ofEpochSecond(time.seconds()), "it tells its time", took));
            case Outcome.Time _ -> List.of(granted, new DeviceFact.Clock(null, "nobody has set its clock", took));
            case Outcome.Failed failed
            when failed.trouble() == Trouble.REFUSED ->
                List.of(granted, new DeviceFact.Clock(null, failed.text(), took));
            // Whether there was a session is not known here.
            case Outcome.Failed failed -> List.of(new DeviceFact.Silence(failed.text(), took));
            case Outcome.Power _, Outcome.Done _, Outcome.Hardware _ ->
                List.of(new DeviceFact.Silence("the answer is to another question", took));
        };
    }

    @Override
    public boolean tellsHardware() {
        return true;
    }

    /** What sensors there are is remembered, and read again when the BMC says that it has changed. */
    @Override
    public HardwareHealth hardware(Duration deadline) {
        Outcome outcome = client.act(address, port, login, SensorSurvey.begin(records), deadline);
        return switch (outcome) {
            case Outcome.Hardware hardware -> {
                if (hardware.records() != null) {
                    records = hardware.records();
                }
                yield hardware.health();
            }
            case Outcome.Failed failed -> HardwareHealth.unknown(failed.text());
            case Outcome.Power _, Outcome.Done _, Outcome.Time _ ->
                HardwareHealth.unknown("the answer is to another question");
        };
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    @Override
    public String toString() {
        return name();
    }
}
