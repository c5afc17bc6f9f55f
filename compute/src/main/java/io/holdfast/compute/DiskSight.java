package io.holdfast.compute;

/**
 * What was seen of one disk in two looks.
 *
 * @param disk as it was asked for
 * @param reason why it could not be seen; empty when it was
 */
public record DiskSight(String disk, Seen seen, String reason) {

    /** Two looks by the same eyes, so that no clock is compared with another. */
    public enum Seen {
        /** It is another one than it was: somebody wrote it in between. */
        WRITTEN,
        /** No write in between. An idle guest writes nothing, so this says nothing of its life. */
        UNCHANGED,
        /** It is not there, may not be opened, says not when it was written, or its storage did not answer. */
        UNSEEN
    }

    public static DiskSight unseen(String disk, String reason) {
        return new DiskSight(disk, Seen.UNSEEN, reason);
    }
}
