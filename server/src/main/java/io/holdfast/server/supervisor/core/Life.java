package io.holdfast.server.supervisor.core;

/** Where the agent is in its life. Times are readings of a monotonic clock in nanoseconds. */
public sealed interface Life {

    /** It does not run, and is started then. */
    record Down(long startAtNanos) implements Life {}

    /**
     * It runs.
     *
     * @param sinceNanos since when we know
     * @param beats how often it has beaten, as of the last look; {@link Event.Look#NONE} before the first beat
     * @param beatAtNanos when that was seen first, or when a wait for it began
     * @param lookedAtNanos the last look
     */
    record Up(long sinceNanos, long beats, long beatAtNanos, long lookedAtNanos) implements Life {}

    /**
     * It has to end.
     *
     * @param killAtNanos when it is killed, if it still runs
     * @param again whether it is started again then
     * @param sinceNanos as in {@link Up}
     */
    record Ending(long killAtNanos, boolean again, long sinceNanos) implements Life {}

    /** It has ended as it was told to, and stays so. */
    record Over() implements Life {}
}
