package io.holdfast.fencing.ipmi;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Outcome;
import io.holdfast.model.PowerState;
import java.time.Duration;

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
            case Outcome.Done _ -> new PowerReading(PowerState.UNKNOWN, "the answer holds no power state", took);
            case Outcome.Failed failed -> new PowerReading(PowerState.UNKNOWN, failed.text(), took);
        };
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        long startNanos = System.nanoTime();
        Outcome outcome = client.act(address, port, login, ChassisAct.OFF, deadline);
        Duration took = since(startNanos);
        return switch (outcome) {
            case Outcome.Done _ -> new PowerOrder(PowerOrder.Answer.ACCEPTED, "chassis power down accepted", took);
            case Outcome.Power _ ->
                new PowerOrder(PowerOrder.Answer.NO_ANSWER, "the answer is to another question", took);
            case Outcome.Failed failed ->
                new PowerOrder(
                        failed.trouble().refusal() ? PowerOrder.Answer.REFUSED : PowerOrder.Answer.NO_ANSWER,
                        failed.text(),
                        took);
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
