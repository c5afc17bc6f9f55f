package io.holdfast.fencing;

import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;

/** Asked right before each act that cannot be taken back: are we still the leader who decided this? */
@FunctionalInterface
public interface ActPermit {

    /** Answers from the lease and the monotonic clock, without blocking. A paused leader finds false here when it wakes. */
    boolean mayAct(SegmentId segment, LeaderEpoch leader);
}
