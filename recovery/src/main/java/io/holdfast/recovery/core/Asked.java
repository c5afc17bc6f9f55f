package io.holdfast.recovery.core;

import io.holdfast.recovery.core.CaseState.Request;
import io.holdfast.recovery.core.Phase.Abandoned;
import io.holdfast.recovery.core.Phase.Condemned;
import io.holdfast.recovery.core.Phase.Confirming;
import io.holdfast.recovery.core.Phase.Dumping;
import io.holdfast.recovery.core.Phase.Evacuating;
import io.holdfast.recovery.core.Phase.FenceBackoff;
import io.holdfast.recovery.core.Phase.Fenced;
import io.holdfast.recovery.core.Phase.Fencing;
import io.holdfast.recovery.core.Phase.Held;
import io.holdfast.recovery.core.Phase.NeedsOperator;
import io.holdfast.recovery.core.Phase.Pardoned;
import io.holdfast.recovery.core.Phase.Pardoning;
import io.holdfast.recovery.core.Phase.Recovered;
import java.util.ArrayList;
import java.util.List;

/**
 * What people ask of a case: to move an instance, to try again, to give up.
 *
 * <p>A part of {@link CaseMachine}: pure, one call per step. What cannot be granted changes nothing; the caller was told why
 * before ({@link CaseMachine#whyNotAbandoned(CaseState)}).
 */
final class Asked {

    private Asked() {}

    static void evacuationAsked(Turn turn, CaseEvent.EvacuationAsked asked) {
        CaseState state = turn.state();
        if (state.phase() instanceof Recovered recovered && state.returnedAt() == null) {
            List<Move> before = state.moves();
            CaseMachine.moves(
                    turn, move -> move.id().equals(asked.instance()) ? MoveMachine.asked(turn, move, asked) : move);
            if (!turn.state().moves().equals(before)) {
                turn.enter(new Evacuating(recovered.proof(), false, turn.in(turn.settings.replanInterval())));
            }
        } else if (state.phase() instanceof Evacuating && state.returnedAt() == null) {
            CaseMachine.moves(
                    turn, move -> move.id().equals(asked.instance()) ? MoveMachine.asked(turn, move, asked) : move);
        } else if (!state.closed()
                && !(state.phase() instanceof Evacuating)
                && state.requests().stream()
                        .noneMatch(request -> request.instance().equals(asked.instance()) && request.say() == null)) {
            List<Request> more = new ArrayList<>(state.requests());
            // An order outweighs what its consumer said.
            more.removeIf(request -> request.instance().equals(asked.instance()));
            more.add(new Request(
                    asked.instance(), asked.only(), asked.stopped(), asked.by().toString(), null));
            turn.become(state.withRequests(more));
            turn.line(turn.now, "evacuation-asked", "instance/" + asked.instance(), "by " + asked.by());
        }
    }

    static void retryInstanceAsked(Turn turn, CaseEvent.RetryInstanceAsked asked) {
        List<Move> before = turn.state().moves();
        if (turn.state().phase() instanceof Evacuating
                || (turn.state().phase() instanceof Recovered && turn.state().returnedAt() == null)) {
            CaseMachine.moves(
                    turn,
                    move -> move.id().equals(asked.instance()) ? MoveMachine.retried(turn, move, asked.by()) : move);
        }
        if (turn.state().phase() instanceof Recovered recovered
                && !turn.state().moves().equals(before)) {
            turn.enter(new Evacuating(recovered.proof(), false, turn.in(turn.settings.replanInterval())));
        }
    }

    static void retryAsked(Turn turn, CaseEvent.RetryAsked asked) {
        switch (turn.state().phase()) {
            case NeedsOperator p -> {
                turn.line("retry-asked", "by " + asked.by());
                CaseMachine.fence(turn, p.attempt() + 1);
            }
            case Dumping p -> {
                turn.line("retry-asked", "by " + asked.by());
                KernelDumps.notAwaited(turn, p);
            }
            case FenceBackoff p -> {
                turn.line("retry-asked", "by " + asked.by());
                CaseMachine.fence(turn, p.attempt() + 1);
            }
            case Held p -> turn.send(new CaseCommand.ReviewHold());
            case Evacuating p -> {
                turn.line("retry-asked", "by " + asked.by());
                CaseMachine.moves(
                        turn,
                        move -> move.state() instanceof MoveState.NeedsOperator waiting
                                ? MoveMachine.goOn(turn, move, waiting)
                                : move);
            }
            case Condemned p -> {}
            case Confirming p -> {}
            case Fencing p -> {}
            case Fenced p -> {}
            case Pardoning p -> {}
            case Recovered p -> {}
            case Pardoned p -> {}
            case Abandoned p -> {}
        }
    }

    /**
     * Only where nothing is under way: see {@link CaseMachine#whyNotAbandoned(CaseState)}. Before a proof the host stays condemned, and its
     * instances stay where they are, unknown; after one, what waits is abandoned, and its owner may still have it moved.
     */
    static void abandonAsked(Turn turn, CaseEvent.AbandonAsked asked) {
        if (!CaseMachine.whyNotAbandoned(turn.state()).isEmpty()) {
            return;
        }
        String reason = "given up by " + asked.by() + ": " + asked.reason();
        turn.line("abandoned", reason);
        if (turn.state().phase() instanceof Evacuating) {
            CaseMachine.moves(
                    turn,
                    move -> move.settled() ? move : MoveMachine.abandoned(turn, move, asked.by(), asked.reason()));
            return;
        }
        // Moves that were carried over from an earlier case stay with the homes they have.
        CaseMachine.moves(turn, move -> move.settled() ? move : move.in(new MoveState.Superseded(reason)));
        turn.enter(new Abandoned(reason, turn.now));
        turn.tellOfHost("host.abandoned", reason);
        turn.tellAffected(
                "instance.not-moved",
                "its host could not be proven isolated, and the case was " + reason
                        + "; it goes on when the host returns");
    }
}
