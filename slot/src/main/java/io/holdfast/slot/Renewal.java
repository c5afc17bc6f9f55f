package io.holdfast.slot;

/** What became of one round of a host on its own slot. */
public sealed interface Renewal {

    /**
     * Written and acknowledged, and read after it: the slot is ours, and no pill for this life.
     *
     * @param beganNanos {@link System#nanoTime} before the write began; the licence counts from here, not from now
     */
    record Good(long beganNanos) implements Renewal {}

    /**
     * There is a pill for this life.
     *
     * @param sequence of the pill
     */
    record Pilled(long sequence, Pill pill) implements Renewal {}

    /** No licence from this round; why. */
    record Failed(String reason) implements Renewal {}
}
