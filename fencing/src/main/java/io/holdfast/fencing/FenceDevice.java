package io.holdfast.fencing;

import java.time.Duration;
import java.util.List;

/**
 * Something that can cut the power of exactly one host and say whether it has power.
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
}
