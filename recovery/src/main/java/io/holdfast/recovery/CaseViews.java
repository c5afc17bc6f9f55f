package io.holdfast.recovery;

import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.PowerReturn;
import io.holdfast.recovery.core.ReturnStage;
import io.holdfast.recovery.core.Say;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Cases as people read them. */
final class CaseViews {

    private CaseViews() {}

    static CaseView of(CaseState state, List<CaseView.Entry> timeline) {
        Phase.Proof proof = state.proof();
        return new CaseView(
                state.id(),
                state.segment(),
                state.host(),
                state.epoch(),
                state.phase().word(),
                reason(state),
                nextStep(state),
                state.openedAt(),
                closedAt(state.phase()),
                state.nextDeadline(),
                proof == null ? null : proof.kind() + ": " + proof.evidence(),
                back(state.powerReturn()),
                state.evidence(),
                timeline,
                state.moves().stream().map(CaseViews::line).toList());
    }

    private static CaseView.@Nullable PowerReturnLine back(@Nullable PowerReturn back) {
        return back == null
                ? null
                : new CaseView.PowerReturnLine(
                        back.stage().word(), reason(back.stage()), back.stage().deadline());
    }

    private static String reason(ReturnStage stage) {
        return switch (stage) {
            case ReturnStage.Resting s -> "it stays off until then (recovery.unfence.after)";
            case ReturnStage.Asking s -> "it is asked whether anything speaks against it";
            case ReturnStage.Opposed s -> s.reason();
            case ReturnStage.Quarantined s -> s.reason();
            case ReturnStage.Ordering s -> "ordered on, attempt " + s.attempt();
            case ReturnStage.Pausing s -> s.reason();
            case ReturnStage.Rejoining s -> "it has power and is to serve again by then: " + s.detail();
            case ReturnStage.Unanswered s -> s.reason();
            case ReturnStage.Restored s -> "it serves again";
            case ReturnStage.LeftOff s -> s.reason();
            case ReturnStage.Overtaken s -> s.reason();
        };
    }

    private static @Nullable Instant closedAt(Phase phase) {
        return switch (phase) {
            case Phase.Recovered p -> p.closedAt();
            case Phase.Pardoned p -> p.closedAt();
            case Phase.Abandoned p -> p.closedAt();
            case Phase.Held p -> null;
            case Phase.Condemned p -> null;
            case Phase.Confirming p -> null;
            case Phase.Fencing p -> null;
            case Phase.Dumping p -> null;
            case Phase.FenceBackoff p -> null;
            case Phase.NeedsOperator p -> null;
            case Phase.Fenced p -> null;
            case Phase.Evacuating p -> null;
            case Phase.Pardoning p -> null;
        };
    }

    private static String reason(CaseState state) {
        return switch (state.phase()) {
            case Phase.Held p -> p.reason();
            case Phase.Condemned p -> state.reason();
            case Phase.Confirming p -> state.reason();
            case Phase.Fencing p -> state.reason();
            case Phase.Dumping p -> p.reason();
            case Phase.FenceBackoff p -> p.reason();
            case Phase.NeedsOperator p -> p.reason();
            case Phase.Fenced p -> p.proof().evidence();
            case Phase.Evacuating p -> needsOperator(state);
            case Phase.Pardoning p -> p.reason();
            case Phase.Recovered p -> state.reason();
            case Phase.Pardoned p -> p.reason();
            case Phase.Abandoned p -> p.reason();
        };
    }

    private static String needsOperator(CaseState state) {
        List<String> waiting = state.moves().stream()
                .filter(move -> move.state() instanceof MoveState.NeedsOperator)
                .map(move -> move.name() + ": " + reason(move))
                .toList();
        return waiting.isEmpty() ? state.reason() : "needs an operator: " + String.join("; ", waiting);
    }

    private static String nextStep(CaseState state) {
        return switch (state.phase()) {
            case Phase.Held p ->
                "looked at again at " + p.deadline() + "; your word for it (force-down, confirm-dead) passes"
                        + " every guard but a disarmed segment";
            case Phase.Condemned p -> "the store is told to take no more claims";
            case Phase.Confirming p -> "the word of who isolated it is journaled as the proof";
            case Phase.Fencing p -> "attempt " + p.attempt() + " to isolate it is under way";
            case Phase.Dumping p ->
                "attempt " + p.attempt() + " as soon as it is quiet; looked at again at " + p.deadline();
            case Phase.FenceBackoff p -> "attempt " + (p.attempt() + 1) + " at " + p.deadline();
            case Phase.NeedsOperator p ->
                "make sure that it is off and say so with host confirm-dead, or repair its power device; attempt "
                        + (p.attempt() + 1) + " at " + p.deadline();
            case Phase.Fenced p -> "its instances are listed";
            case Phase.Evacuating p -> state.active().count() + " instances are under way";
            case Phase.Pardoning p -> "the store is told to take it back";
            case Phase.Recovered p ->
                state.admittedAt() != null
                        ? "none"
                        : state.returnedAt() != null
                                ? "the host is told what it owns, then serves"
                                : "none; the host serves again when it returns";
            case Phase.Pardoned p -> "none";
            case Phase.Abandoned p ->
                "none; the host serves again when it returns, and a new word for it opens a new case";
        };
    }

    private static CaseView.InstanceLine line(Move move) {
        return new CaseView.InstanceLine(
                move.id(),
                move.name(),
                move.policy(),
                move.terms().priority(),
                move.state().word(),
                move.state().destination(),
                move.attempts(),
                reason(move));
    }

    /** What is asked, or was answered, about an instance that the case asks about or keeps an answer for. */
    static SayView say(CaseState state, InstanceId instance) {
        Move move = state.move(instance).filter(known -> known.say() != null).orElse(null);
        if (move == null) {
            CaseState.Request kept = state.requests().stream()
                    .filter(request -> request.instance().equals(instance))
                    .findFirst()
                    .orElseThrow();
            return new SayView(
                    state.id(),
                    state.host(),
                    instance,
                    null,
                    null,
                    state.phase().word(),
                    null,
                    null,
                    kept.say(),
                    kept.only(),
                    kept.by(),
                    null,
                    "kept until its host is proven isolated");
        }
        Say say = Objects.requireNonNull(move.say());
        Say.Answered answered = say.answered();
        return new SayView(
                state.id(),
                state.host(),
                instance,
                move.name(),
                move.project(),
                move.state().word(),
                say.until(),
                say.otherwise(),
                answered == null ? null : answered.answer(),
                answered == null ? null : answered.only(),
                answered == null ? null : answered.by(),
                answered == null ? null : answered.at(),
                reason(move));
    }

    private static String reason(Move move) {
        return switch (move.state()) {
            case MoveState.AwaitingSay s -> s.reason();
            case MoveState.Waiting s -> s.reason();
            case MoveState.Placed s -> "being claimed on " + s.to();
            case MoveState.Claimed s -> "waits for its turn to start on " + s.to();
            case MoveState.Starting s -> "starting on " + s.to();
            case MoveState.Silent s -> s.reason();
            case MoveState.Withdrawing s -> s.reason();
            case MoveState.Retrying s -> s.reason();
            case MoveState.NeedsOperator s -> s.reason();
            case MoveState.Running s -> "seen running on " + s.to();
            case MoveState.LeftStopped s -> "its home is " + s.to() + "; left stopped, as its owner wants it";
            case MoveState.Abandoned s -> s.reason();
            case MoveState.Notified s -> s.reason();
            case MoveState.Left s -> s.reason();
            case MoveState.Gone s -> s.reason();
            case MoveState.Superseded s -> s.reason();
            case MoveState.HomeReturned s -> s.reason();
        };
    }
}
