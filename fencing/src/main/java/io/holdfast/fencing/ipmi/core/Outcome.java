package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.HardwareHealth;
import org.jspecify.annotations.Nullable;

/** How an act ended. */
public sealed interface Outcome {

    /** The answer to {@link ChassisAct#STATUS}. */
    record Power(boolean on) implements Outcome {}

    /**
     * The answer to {@link ChassisAct#CLOCK}.
     *
     * @param seconds since 1970; below {@link #SET_FROM} they count from the device's start, and all ones mean that it does
     *     not know (section 37)
     */
    record Time(long seconds) implements Outcome {

        static final long SET_FROM = 0x20000000L;
        static final long NOT_KNOWN = 0xffffffffL;

        /** Whether anybody has set this clock. */
        public boolean isSet() {
            return seconds >= SET_FROM && seconds != NOT_KNOWN;
        }
    }

    /**
     * The answer to a {@link SensorSurvey}.
     *
     * @param records what the next survey need not read again; null if they were not read to the end
     */
    record Hardware(HardwareHealth health, @Nullable SensorRecords records) implements Outcome {}

    /** The device said "done" to an order, which proves nothing. */
    record Done() implements Outcome {}

    /** @param detail what happened, for people; holds no secret */
    record Failed(Trouble trouble, String detail) implements Outcome {

        /** Both, for people: {@code refused login: wrong user: the device knows no 'x'}. */
        public String text() {
            return trouble.words() + ": " + detail;
        }
    }
}
