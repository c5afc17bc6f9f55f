package io.holdfast.membership;

import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.Optional;

/**
 * Whether this process leads a segment, and at which epoch.
 *
 * <p>The epoch rises with each change of leader. Whoever acts carries it, and each receiver refuses the older one; that,
 * and not the answer of {@link #mayAct}, is what keeps two leaders from doing harm. {@code mayAct} keeps a leader that
 * was paused from even trying.
 */
public interface Leadership extends AutoCloseable {

    /** Told on one thread, in order; must not block for long. */
    interface Listener {

        void onElected(LeaderEpoch epoch);

        /** This process does not lead any more; whatever carries this epoch is to be stopped. */
        void onDeposed(LeaderEpoch epoch);
    }

    /** Begins to stand for election. */
    void start();

    /** The epoch at which this process leads now; empty when it does not lead, or its lease may have ended. */
    Optional<LeaderEpoch> current();

    /**
     * Whether the lease on which this epoch stands is still good. Never blocks: it compares the monotonic clock with the
     * last time the coordination service answered us.
     */
    boolean mayAct(SegmentId segment, LeaderEpoch epoch);

    @Override
    void close();
}
