package io.holdfast.recovery;

import io.holdfast.model.Fact;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.PlannedMove;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where planned moves live; the twin of {@link CaseJournal}, with its promises. At most one move of an instance is open.
 *
 * <p>All verbs block and throw an unchecked exception while the journal cannot be reached; the caller then does not know
 * whether a write happened, and finds out with {@link #find}.
 */
public interface MoveJournal {

    /**
     * Makes the move and the facts durable, or nothing. Refuses an epoch older than the newest the segment has seen, a move
     * that is not at the expected version, and a second open move of an instance.
     *
     * @param expected the version it must have now; 0 for a new move
     */
    CaseJournal.Outcome write(LeaderEpoch leader, PlannedMove move, long expected, List<Fact> facts);

    /** Oldest first. */
    List<Stored> open(SegmentId segment);

    Optional<Stored> find(UUID id);

    /** Newest first, of all instances if {@code instance} is null. */
    List<Stored> list(@Nullable InstanceId instance, int limit);

    /** @param version 1 after the first write, rising by one with each */
    record Stored(PlannedMove move, long version) {}
}
