package io.holdfast.store;

import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;

/** A leader that has been replaced tried to write. It must stop acting for the segment. */
public final class StaleLeaderException extends StoreException {

    private static final long serialVersionUID = 1L;

    private final transient SegmentId segment;
    private final transient LeaderEpoch offered;
    private final transient LeaderEpoch current;

    /** For the store, and for fakes of ports that are kept in it. */
    public StaleLeaderException(SegmentId segment, LeaderEpoch offered, LeaderEpoch current) {
        super(
                "the leader of segment " + segment + " at epoch " + offered + " has been replaced: the epoch is now "
                        + current + "; nothing was written",
                null);
        this.segment = segment;
        this.offered = offered;
        this.current = current;
    }

    public SegmentId segment() {
        return segment;
    }

    /** The epoch that the refused write carried. */
    public LeaderEpoch offered() {
        return offered;
    }

    /** The epoch in force. */
    public LeaderEpoch current() {
        return current;
    }

    @Override
    public String code() {
        return "store.stale-leader";
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
