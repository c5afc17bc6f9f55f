package io.holdfast.recovery;

import io.holdfast.model.SegmentId;
import java.time.Instant;

/**
 * What was told last of a segment's promise.
 *
 * @param failures how many hosts may fail together
 * @param since from when on the state was seen, without interruption until it was told
 * @param reason for people; empty while it is kept
 */
public record CapacityPromise(SegmentId segment, State state, int failures, Instant since, String reason) {

    /** How it stands. */
    public enum State {
        /** The loss of any so many hosts is survivable for certain. */
        KEPT,
        /** It is not, or that is not proven. */
        BROKEN,
        /** Nobody could find out. Whoever decides takes it for broken. */
        UNKNOWN
    }
}
