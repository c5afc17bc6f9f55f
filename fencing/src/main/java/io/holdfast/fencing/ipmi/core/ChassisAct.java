package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Completion;
import io.holdfast.fencing.ipmi.rmcp.IpmiMessage;
import java.util.Arrays;
import java.util.Optional;

/** What can be asked of a chassis (sections 28.2 and 28.3), and the one other question that we have: what time it is. */
public enum ChassisAct implements Work {
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
    @Override
    public boolean repeatable() {
        return repeatable;
    }

    /** Whether it changes anything. */
    @Override
    public boolean order() {
        return control >= 0;
    }

    /** The order of that number, if there is one. */
    public static Optional<ChassisAct> ofControl(int number) {
        return Arrays.stream(values())
                .filter(act -> act.order() && act.control == number)
                .findFirst();
    }

    @Override
    public String subject() {
        return this == CLOCK ? "its time" : order() ? "whether it obeys" : "the chassis' status";
    }

    @Override
    public Turn answered(int completion, Bytes data) {
        if (order()) {
            // A duplicate: it has an earlier copy of this very order, which is what we wanted.
            return completion == Completion.OK || completion == Completion.DUPLICATE
                    ? new Turn.End(new Outcome.Done())
                    : new Turn.Refused("chassis control");
        }
        if (completion != Completion.OK) {
            return new Turn.Refused("to tell " + subject());
        }
        if (this == CLOCK) {
            return data.size() < 4
                    ? new Turn.Garbled("the answer to \"get SEL time\" has " + data.size() + " bytes")
                    : new Turn.End(new Outcome.Time(seconds(data)));
        }
        // Power state, last power event, miscellaneous (section 28.2): less is no status.
        return data.size() < 3
                ? new Turn.Garbled("the answer to \"get chassis status\" has " + data.size() + " bytes")
                : new Turn.End(new Outcome.Power((data.at(0) & 1) == 1));
    }

    private static long seconds(Bytes data) {
        return data.at(0) | data.at(1) << 8 | data.at(2) << 16 | (long) data.at(3) << 24;
    }

    @Override
    public IpmiMessage request(int sequence) {
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
