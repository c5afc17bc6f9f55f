package io.holdfast.slot;

/** What one block of a slot says, if it says anything now. */
public sealed interface Content<T> {

    /**
     * An intact block with something in it.
     *
     * @param sequence rises with every write of this block
     */
    record Written<T>(long sequence, T value) implements Content<T> {}

    /** An intact block with nothing in it: never written, or emptied on purpose. */
    record Empty<T>(long sequence) implements Content<T> {}

    /** Nobody knows what this block says now: torn, damaged, of another device. Neither fresh nor stale. */
    record Unreadable<T>(String reason) implements Content<T> {}
}
