package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.IpmiMessage;
import java.util.Arrays;
import java.util.Optional;

/** What can be asked of a chassis (sections 28.2 and 28.3), and the one other question that we have: what time it is. */
public enum ChassisAct {
    /** Reads whether there is power. */
    STATUS(-1, true),
    /** Reads the clock of the system event log (section 31.10). */
    CLOCK(-1, true),
    /** Cuts the power, hard. */
    OFF(0, true),
    ON(1, true),
    /** Off, a pause of the device's own choice, on. Refused by many devices while the power is off. */
    CYCLE(2, false),
    /** A hard reset, without loss of power. */
    RESET(3, false),
    /** A non-maskable interrupt, on which an operating system may write a dump. */
    DIAGNOSTIC_INTERRUPT(4, false),
    /** Asks the operating system to end (over-temperature by ACPI). It may take its time, or not care. */
    SOFT(5, true);

    private final int control;
    private final boolean repeatable;

    ChassisAct(int control, boolean repeatable) {
        this.control = control;
        this.repeatable = repeatable;
    }

    /**
     * Whether carrying it out twice is as good as once. What is not so is sent once in a session: a second interrupt ends the dump that the
     * first one began. If no answer comes, nobody knows whether it was carried out, and the outcome says so.
     */
    public boolean repeatable() {
        return repeatable;
    }

    /** Whether it changes anything. */
    public boolean order() {
        return control >= 0;
    }

    /** The order of that number, if there is one. */
    public static Optional<ChassisAct> ofControl(int number) {
        return Arrays.stream(values())
                .filter(act -> act.order() && act.control == number)
                .findFirst();
    }

    /** What was asked for, for people: {@code the device does not tell ...}. */
    String subject() {
        return this == CLOCK ? "its time" : order() ? "whether it obeys" : "the chassis' status";
    }

    IpmiMessage request(int sequence) {
        return switch (this) {
            case STATUS ->
                IpmiMessage.request(IpmiMessage.NETFN_CHASSIS, IpmiMessage.GET_CHASSIS_STATUS, sequence, Bytes.EMPTY);
            case CLOCK ->
                IpmiMessage.request(IpmiMessage.NETFN_STORAGE, IpmiMessage.GET_SEL_TIME, sequence, Bytes.EMPTY);
            case OFF, ON, CYCLE, RESET, DIAGNOSTIC_INTERRUPT, SOFT ->
                IpmiMessage.request(
                        IpmiMessage.NETFN_CHASSIS, IpmiMessage.CHASSIS_CONTROL, sequence, Bytes.of(control));
        };
    }
}
