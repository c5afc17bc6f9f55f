package io.holdfast.fencing;

/** How a rehearsal ended. */
public sealed interface Rehearsed {

    /** It went through. */
    record Done(FenceCheck check) implements Rehearsed {}

    /**
     * It was not begun, or gave way; nothing is known.
     *
     * @param reason for people
     */
    record NotNow(String reason) implements Rehearsed {}
}
