package io.holdfast.fencing;

import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What was done to which host, written before the act and after it. Durable when the call returns. */
public interface FenceJournal {

    /** The act of an entry that holds a proof. */
    String PROOF = "proof";

    /** Appends an entry. Throws when it cannot be made durable; then the act must not happen or must not count. */
    void append(Entry entry);

    /**
     * Appends the intent of an act that cannot be taken back, and refuses it from a leader who has been replaced: throws
     * when a newer leader of the segment is known here. So a paused leader who wakes is stopped even if its own clock
     * tells it that it still leads. What was <em>seen</em> is appended without this check; it is true whoever saw it.
     */
    void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader);

    /** The entry that proved this epoch of this host, if there is one. */
    Optional<Entry> proof(HostId host, HostEpoch epoch);

    /** All entries of a host, oldest first, at most {@code limit} of the newest. */
    List<Entry> history(HostId host, int limit);

    /**
     * @param caseId the case, or null for an act outside a case
     * @param act {@code order-off} (written before the order), {@code proof}, or {@code result} (how an attempt without a
     *     proof ended)
     * @param result for {@code proof}: the {@link FenceProof.Kind}; for {@code order-off}: {@code INTENDED}; for {@code result}:
     *     {@code FAILED} or {@code UNKNOWN}
     */
    record Entry(
            @Nullable CaseId caseId,
            HostId host,
            HostEpoch epoch,
            String device,
            String act,
            String result,
            String evidence,
            String actor,
            Instant at) {}
}
