package io.holdfast.recovery;

import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where cases live. A case can be resumed by any controller from here alone.
 *
 * <p>All verbs block and throw an unchecked exception while the journal cannot be reached; the caller then does not know
 * whether a write happened, and finds out with {@link #find}.
 */
public interface CaseJournal {

    /**
     * Makes all of it durable, or nothing: the cases with their timeline lines, and the facts. Refuses an epoch older
     * than the newest the segment has seen, and a case that is not at the expected version.
     */
    Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts);

    /** Cases that are open, and closed ones whose host is still to get its power back. */
    List<Stored> open(SegmentId segment);

    Optional<Stored> find(CaseId id);

    /** The case of this host that was opened last. */
    Optional<Stored> newest(HostId host);

    /** Newest first; {@code host} null for all, {@code open} null for both. */
    List<Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit);

    /** Oldest first. */
    List<CaseView.Entry> timeline(CaseId id);

    /** Timeline lines of these kinds about hosts, of all cases of the segment since then, oldest first. */
    List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds);

    /** One line of some case's timeline, for whoever looks at many cases. */
    record Mark(CaseId caseId, HostId host, Instant at, String kind, String text) {}

    /** @param version 1 after the first write, rising by one with each */
    record Stored(CaseState state, long version) {}

    /**
     * @param expected the version it must have now; 0 for a new case
     */
    record Write(CaseState state, long expected, List<CaseStep.Line> lines) {
        public Write {
            lines = List.copyOf(lines);
        }
    }

    /** How a write ended. */
    enum Outcome {
        DONE,
        /** Somebody leads who was elected later. Stop acting. */
        STALE_LEADER,
        /** A case is not at the expected version, or another case of the host is open. Read again. */
        CONFLICT
    }
}
