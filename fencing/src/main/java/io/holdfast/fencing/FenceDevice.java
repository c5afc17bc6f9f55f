package io.holdfast.fencing;

import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.List;

/**
 * Something that can isolate exactly one host and say whether it is isolated: as a rule by cutting its power and reading it.
 *
 * <p>Implementations open a <em>new</em> session for every call, so that a reading after an order cannot be answered
 * from the order's own session. They never throw for what the world does (no route, wrong password, garbage): that is
 * an answer. They return within the deadline, even when the device does not.
 */
public interface FenceDevice {

    /** Names the device in evidence and logs, for example {@code ipmi 203.0.113.11}. Never contains a secret. */
    String name();

    /** Asks whether the host has power. No answer is {@link io.holdfast.model.PowerState#UNKNOWN}, never OFF. */
    PowerReading readPower(Duration deadline);

    /** Orders the power off, hard. What comes back is the device's word, which proves nothing. */
    PowerOrder powerOff(Duration deadline);

    /**
     * Isolates the host on behalf of a case. By default that is {@link #powerOff}.
     *
     * @param request whom, in which life, for which case, and by which leader
     */
    default PowerOrder isolate(FenceRequest request, Duration deadline) {
        return powerOff(deadline);
    }

    /** Asks whether that life of the host is isolated. By default that is {@link #readPower}. */
    default Isolation isolation(FenceRequest request, Duration deadline) {
        return new Isolation.Power(readPower(deadline));
    }

    /** How it isolates, for people: what is ordered, and what proves. */
    default String means() {
        return "power off is ordered, then read back off on a new session";
    }

    /** Whether it reads power at all. What does not is asked for {@link #facts} alone in a rehearsal. */
    default boolean readsPower() {
        return true;
    }

    /** Whether its order changes nothing at the host, so that a host that is better not switched off may be asked by it all the same. */
    default boolean isHarmless() {
        return false;
    }

    /** The same device, of one host, where one device serves all of them; by default a device is one host's already. */
    default FenceDevice of(HostId host) {
        return this;
    }

    /**
     * Orders the power on, for a host that was fenced and is whole again. As with the power off, what comes back is the
     * device's word; no proof rests on it. By default refused: some devices can only switch off.
     */
    default PowerOrder powerOn(Duration deadline) {
        return new PowerOrder(PowerOrder.Answer.REFUSED, "the device cannot switch on", Duration.ZERO);
    }

    /**
     * Asks, without harm, for whatever else tells beforehand whether an order would be carried out. By default there is
     * nothing else to ask.
     */
    default List<DeviceFact> facts(Duration deadline) {
        return List.of();
    }

    /** Whether it has a question for {@link #hardware} at all. */
    default boolean tellsHardware() {
        return false;
    }

    /**
     * Asks, without harm, how the host's hardware is. What it says proves nothing, and no answer is {@link
     * HardwareHealth.Grade#UNKNOWN}, never bad. By default nothing is known.
     */
    default HardwareHealth hardware(Duration deadline) {
        return HardwareHealth.unknown("the device tells nothing of its host's hardware");
    }
}
