package io.holdfast.scheduler.capacity;

import java.util.Locale;

/** Whether a failure is survived. */
public enum Verdict {
    /** All protected instances of the lost hosts would be given homes. */
    SURVIVABLE,
    /** There are no homes for all of them, however they are placed. */
    NOT_SURVIVABLE,
    /** Neither is certain; {@link Ground} says why. Whoever has to decide takes it for a no. */
    NOT_PROVEN;

    /** As it is written in the API. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
