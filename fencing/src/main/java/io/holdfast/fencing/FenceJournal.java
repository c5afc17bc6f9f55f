package io.holdfast.fencing;

import io.holdfast.fencing.core.FenceLadder;
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

    /** The act of an entry that says how a level ended without a proof. */
    String LEVEL = "level";

    /** The act of an entry that says how an attempt ended without a proof. */
    String RESULT = "result";

    /** The result of a level or an attempt after which a device said that the host has power, or nothing was ordered. */
    String FAILED = "FAILED";

    /** The result of a level or an attempt after which nobody knows. */
    String UNKNOWN = "UNKNOWN";

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

    /** All entries about that life of the host, oldest first. */
    List<Entry> of(HostId host, HostEpoch epoch);

    /** The levels that an attempt of a case has left so far without a proof; none when the attempt is over. */
    default List<FenceLadder.Left> left(FenceRequest request) {
        List<Entry> own = of(request.host(), request.epoch()).stream()
                .filter(entry -> request.caseId().equals(entry.caseId()) && entry.attempt() == request.attempt())
                .toList();
        return own.stream().anyMatch(entry -> entry.act().equals(RESULT))
                ? List.of()
                : own.stream()
                        .filter(entry -> entry.act().equals(LEVEL))
                        .map(entry -> new FenceLadder.Left(
                                entry.level(), entry.result().equals(FAILED), entry.evidence()))
                        .toList();
    }

    /** All entries of a host, oldest first, at most {@code limit} of the newest. */
    List<Entry> history(HostId host, int limit);

    /**
     * @param caseId the case, or null for an act outside a case
     * @param attempt the case's attempt, from 1; 0 for an act outside an attempt
     * @param level the level of the host's fencing, from 1; 0 for an act that is about no level
     * @param device its name, or the names of all in the level
     * @param act {@code order-off} and {@code order-on} (written before the order; the latter after it, too), {@code proof}, {@code level} (a level was left without a proof,
     *     and the next one is tried), or {@code result} (how an attempt without a proof ended)
     * @param result for {@code proof}: the {@link FenceProof.Kind}; for orders: {@code INTENDED}, after switching on {@code READ_} and the power's state; for {@code level}
     *     and {@code result}: {@code FAILED} or {@code UNKNOWN}
     */
    record Entry(
            @Nullable CaseId caseId,
            HostId host,
            HostEpoch epoch,
            int attempt,
            int level,
            String device,
            String act,
            String result,
            String evidence,
            String actor,
            Instant at) {

        /** About one level of one attempt. */
        public static Entry of(
                FenceRequest request,
                int level,
                String device,
                String act,
                String result,
                String evidence,
                String actor,
                Instant at) {
            return new Entry(
                    request.caseId(),
                    request.host(),
                    request.epoch(),
                    request.attempt(),
                    level,
                    device,
                    act,
                    result,
                    evidence,
                    actor,
                    at);
        }
    }
}
