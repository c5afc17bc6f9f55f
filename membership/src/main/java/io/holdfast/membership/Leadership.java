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

    /**
     * What whoever leads now has published as its address, as of the last look; empty when nobody leads, when that cannot
     * be known, or when it is this process. Never blocks.
     */
    Optional<String> leaderAddress();

    /**
     * The database has seen a leader of this epoch, which is not older than ours: what we hold is refused everywhere. The
     * next term's epoch is higher. It happens when the coordination service was set up anew while the database stayed.
     */
    void outranked(LeaderEpoch known);

    /**
     * Whether this process is to leave leading to others: it lacks something that they may have, for example the database.
     * A term that it holds ends; it stands again once it is told {@code false}.
     */
    void stepAside(boolean aside);

    @Override
    void close();
}
