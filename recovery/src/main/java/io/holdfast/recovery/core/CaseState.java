package io.holdfast.recovery.core;

import io.holdfast.compute.Instance;
import io.holdfast.compute.SayAnswer;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One failure of one host: all that a controller needs to go on with it, and the document in the journal.
 *
 * @param epoch the life of the host that this case ends: the store's epoch after the condemnation
 * @param evidence why it was condemned, one line per signal
 * @param suspectedAt wall time of the suspicion that came first, or null when there was none
 * @param word what somebody said of the host, or null
 * @param returnedAt when the host was seen again, or null
 * @param admittedAt when it served again, or null
 * @param told whether operators were called for the host itself
 * @param affected who lived there when it was condemned, as far as memory knew; for notices before the store was asked
 * @param requests evacuations asked for, and answers given, before there was a proof
 * @param powerReturn how the host gets its power back, or null while nothing is decided of that
 * @param dump what was waited for so that the host may write its kernel's memory away, or null
 * @param plans how many plans were asked for
 * @param seq timeline lines and notices so far; names the next one
 */
public record CaseState(
        CaseId id,
        SegmentId segment,
        HostId host,
        HostEpoch epoch,
        Instant openedAt,
        String reason,
        List<String> evidence,
        @Nullable Instant suspectedAt,
        boolean powerReadOff,
        @Nullable Word word,
        Phase phase,
        @Nullable Instant returnedAt,
        @Nullable Instant admittedAt,
        boolean told,
        List<Affected> affected,
        List<Request> requests,
        List<Move> moves,
        @Nullable PowerReturn powerReturn,
        @Nullable Dump dump,
        long plans,
        long seq) {

    public CaseState {
        evidence = List.copyOf(evidence);
        affected = List.copyOf(affected);
        requests = List.copyOf(requests);
        moves = List.copyOf(moves);
    }

    /**
     * Somebody's word that the host is gone.
     *
     * @param fenced they state that it runs nothing any more; becomes the proof
     * @param confirmedDead they confirmed it against the signals, which were asked
     */
    public record Word(String by, String channel, boolean fenced, String reason, Instant at, boolean confirmedDead) {
        public Word(String by, String channel, boolean fenced, String reason, Instant at) {
            this(by, channel, fenced, reason, at, false);
        }
    }

    /** An instance that lived on the host. */
    public record Affected(InstanceId id, String name, ProjectId project, RecoveryPolicy policy) {
        public static Affected of(Instance instance) {
            return new Affected(instance.id(), instance.name(), instance.project(), instance.policy());
        }
    }

    /**
     * The one time that a host gets before its power is cut.
     *
     * @param heard whether it said that it dumps
     * @param limit when its power is cut all the same, whatever it says
     * @param over whether nothing is waited for any more
     */
    public record Dump(boolean heard, Instant limit, boolean over) {}

    /**
     * @param only the one destination asked for, or null
     * @param stopped whether only its home shall move
     * @param say the answer of the instance's consumer, which counts if it asks; null when somebody ordered it to be moved
     */
    public record Request(
            InstanceId instance,
            @Nullable HostId only,
            boolean stopped,
            String by,
            @Nullable SayAnswer say) {}

    public boolean closed() {
        return phase.closed();
    }

    /** Whether the case is closed but for the power that its host is to get back. */
    public boolean returning() {
        return phase instanceof Phase.Recovered && powerReturn != null && !powerReturn.settled();
    }

    public Optional<Move> move(InstanceId id) {
        return moves.stream().filter(move -> move.id().equals(id)).findFirst();
    }

    /** Whether what happens to an instance matters here: it is one of the case's own, or one of them waits for it. */
    public boolean concerns(InstanceId id) {
        return moves.stream()
                .anyMatch(move -> move.id().equals(id)
                        || move.waitsFor().stream()
                                .anyMatch(dependency -> dependency.id().equals(id)));
    }

    /** Those that some instance waits for, while instances are moved. */
    public Stream<InstanceId> waitedFor() {
        return phase instanceof Phase.Evacuating
                ? active().flatMap(move -> move.waitsFor().stream())
                        .map(Dependency::id)
                        .distinct()
                : Stream.empty();
    }

    public Stream<Move> active() {
        return moves.stream().filter(move -> !move.settled());
    }

    public Phase.@Nullable Proof proof() {
        return switch (phase) {
            case Phase.Fenced p -> p.proof();
            case Phase.Evacuating p -> p.proof();
            case Phase.Recovered p -> p.proof();
            case Phase.Held p -> null;
            case Phase.Condemned p -> null;
            case Phase.Confirming p -> null;
            case Phase.Fencing p -> null;
            case Phase.Dumping p -> null;
            case Phase.FenceBackoff p -> null;
            case Phase.NeedsOperator p -> null;
            case Phase.Pardoning p -> null;
            case Phase.Pardoned p -> null;
            case Phase.Abandoned p -> null;
        };
    }

    /**
     * Whether the host may be told what it owns and serve again. Not while a claim is on its way that takes an instance from
     * it: the list it is given must be the last word. Who waits to follow a group keeps nobody out: the store takes it off
     * the host in the transaction that ends the isolation.
     */
    public boolean admissible() {
        return switch (phase) {
            case Phase.Recovered p -> true;
            case Phase.Pardoned p -> true;
            case Phase.Abandoned p -> true;
            case Phase.Evacuating p -> returnedAt != null && moves.stream().noneMatch(Move::claimUnderWay);
            case Phase.Held p -> false;
            case Phase.Condemned p -> false;
            case Phase.Confirming p -> false;
            case Phase.Fencing p -> false;
            case Phase.Dumping p -> false;
            case Phase.FenceBackoff p -> false;
            case Phase.NeedsOperator p -> false;
            case Phase.Fenced p -> false;
            case Phase.Pardoning p -> false;
        };
    }

    /** The earliest moment at which something happens by itself; null when nothing will. */
    public @Nullable Instant nextDeadline() {
        Instant earliest = phase.deadline();
        if (phase instanceof Phase.Evacuating evacuating) {
            for (Move move : moves) {
                if (move.state() instanceof MoveState.Active active) {
                    // Who is part of a plan that was asked for waits for its answer; its own time has come already.
                    boolean planned = evacuating.planning() && move.toBePlanned();
                    earliest = planned ? earliest : earlier(earliest, active.deadline());
                    earliest = move.told() ? earliest : earlier(earliest, move.escalateAt());
                }
            }
        }
        Instant back = powerReturn != null && returning() ? powerReturn.stage().deadline() : null;
        return back == null ? earliest : earlier(earliest, back);
    }

    private static Instant earlier(@Nullable Instant a, Instant b) {
        return a == null || b.isBefore(a) ? b : a;
    }

    CaseState with(Phase next) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                word,
                next,
                returnedAt,
                admittedAt,
                told,
                affected,
                requests,
                moves,
                powerReturn,
                dump,
                plans,
                seq);
    }

    CaseState withMoves(List<Move> next) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                word,
                phase,
                returnedAt,
                admittedAt,
                told,
                affected,
                requests,
                next,
                powerReturn,
                dump,
                plans,
                seq);
    }

    CaseState withRequests(List<Request> next) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                word,
                phase,
                returnedAt,
                admittedAt,
                told,
                affected,
                next,
                moves,
                powerReturn,
                dump,
                plans,
                seq);
    }

    CaseState withWord(@Nullable Word next) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                next,
                phase,
                returnedAt,
                admittedAt,
                told,
                affected,
                requests,
                moves,
                powerReturn,
                dump,
                plans,
                seq);
    }

    CaseState withReturn(@Nullable Instant returned, @Nullable Instant admitted) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                word,
                phase,
                returned,
                admitted,
                told,
                affected,
                requests,
                moves,
                powerReturn,
                dump,
                plans,
                seq);
    }

    CaseState withTold(boolean now) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                word,
                phase,
                returnedAt,
                admittedAt,
                now,
                affected,
                requests,
                moves,
                powerReturn,
                dump,
                plans,
                seq);
    }

    CaseState withPowerReadOff(List<String> newEvidence) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                newEvidence,
                suspectedAt,
                true,
                word,
                phase,
                returnedAt,
                admittedAt,
                told,
                affected,
                requests,
                moves,
                powerReturn,
                dump,
                plans,
                seq);
    }

    CaseState withCounts(long newPlans, long newSeq) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                word,
                phase,
                returnedAt,
                admittedAt,
                told,
                affected,
                requests,
                moves,
                powerReturn,
                dump,
                newPlans,
                newSeq);
    }

    CaseState withPowerReturn(@Nullable PowerReturn next) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                word,
                phase,
                returnedAt,
                admittedAt,
                told,
                affected,
                requests,
                moves,
                next,
                dump,
                plans,
                seq);
    }

    CaseState withDump(Dump next) {
        return new CaseState(
                id,
                segment,
                host,
                epoch,
                openedAt,
                reason,
                evidence,
                suspectedAt,
                powerReadOff,
                word,
                phase,
                returnedAt,
                admittedAt,
                told,
                affected,
                requests,
                moves,
                powerReturn,
                next,
                plans,
                seq);
    }
}
