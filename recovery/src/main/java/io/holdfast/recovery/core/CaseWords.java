package io.holdfast.recovery.core;

import io.holdfast.recovery.core.CaseState.Word;
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

/**
 * What somebody's word does to a case: that the host is gone, that it is isolated or dead, or that they take it back.
 *
 * <p>A part of {@link CaseMachine}: pure, one call per step.
 */
final class CaseWords {

    private CaseWords() {}

    static void given(Turn turn, CaseEvent.WordGiven given) {
        CaseState state = turn.state();
        Word before = state.word();
        boolean nothingNew = before != null && !voided(state, before) && (before.fenced() || !given.fenced());
        if (nothingNew || state.closed()) {
            return;
        }
        Word word = new Word(
                given.by().name(),
                given.by().channel(),
                given.fenced(),
                given.reason(),
                turn.now,
                given.confirmedDead());
        turn.become(state.withWord(word));
        said(turn, word);
        switch (state.phase()) {
            case Held p -> turn.send(new CaseCommand.ReviewHold());
            case Fencing p -> confirmIfFenced(turn, word);
            case Dumping p -> confirmIfFenced(turn, word);
            case FenceBackoff p -> {
                if (!confirmIfFenced(turn, word)) {
                    CaseMachine.fence(turn, p.attempt() + 1);
                }
            }
            case NeedsOperator p -> {
                if (!confirmIfFenced(turn, word)) {
                    CaseMachine.fence(turn, p.attempt() + 1);
                }
            }
            // Taken up when the store has the condemnation.
            case Condemned p -> {}
            case Confirming p -> {}
            case Fenced p -> {}
            case Evacuating p -> {}
            case Pardoning p -> {}
            case Recovered p -> {}
            case Pardoned p -> {}
            case Abandoned p -> {}
        }
    }

    static void said(Turn turn, Word word) {
        String who = "by " + word.by() + " (" + word.channel() + ")";
        String why = word.reason().isEmpty() ? "" : ": " + word.reason();
        if (word.confirmedDead()) {
            turn.line("confirmed-dead", who + why);
        } else {
            turn.line("force-down-asked", who + (word.fenced() ? ", who states that the host is isolated" : "") + why);
        }
    }

    /**
     * Nothing but a guard that held the case, or a database that was away, comes between a word and its use. A host whose
     * plug was pulled then may run again by now.
     */
    static boolean confirmIfFenced(Turn turn, Word word) {
        if (!word.fenced()) {
            return false;
        }
        if (voided(turn.state(), word)) {
            turn.line(
                    "not-acted",
                    word.by()
                            + " said that it was isolated, and it has been seen since; that proves nothing any more, so"
                            + " its power is asked");
            return false;
        }
        if (!turn.now.isBefore(word.at().plus(turn.settings.proofs().wordHolds()))) {
            turn.line(
                    "not-acted",
                    word.by() + " said at " + word.at() + " that it was isolated; that is too long ago to prove what it"
                            + " is now, so its power is asked");
            return false;
        }
        turn.enter(new Confirming(turn.in(turn.settings.callDeadline())));
        turn.send(CaseMachine.acceptCommand(word));
        return true;
    }

    /** Whoever stated that a host is isolated spoke of it as it was then. One that was seen since may run guests again. */
    private static boolean voided(CaseState state, Word word) {
        return state.returnedAt() != null && !state.returnedAt().isBefore(word.at());
    }

    static void takenBack(Turn turn, CaseEvent.WordTakenBack taken) {
        CaseState state = turn.state();
        if (state.word() == null || state.closed() || state.phase() instanceof Confirming) {
            // In CONFIRMING the word is already becoming a proof; what is proven is not taken back.
            return;
        }
        turn.become(state.withWord(null));
        turn.line("force-down-cleared", "by " + taken.by());
        if (state.returnedAt() != null
                && (state.phase() instanceof Dumping
                        || state.phase() instanceof FenceBackoff
                        || state.phase() instanceof NeedsOperator)) {
            CaseMachine.pardon(turn, "the host is here, and the word against it was taken back");
        }
    }
}
