package io.holdfast.recovery.core;

import io.holdfast.fencing.FenceProof;
import io.holdfast.recovery.UnfenceSettings;
import io.holdfast.recovery.core.Phase.Recovered;
import io.holdfast.recovery.core.ReturnStage.Asking;
import io.holdfast.recovery.core.ReturnStage.LeftOff;
import io.holdfast.recovery.core.ReturnStage.Opposed;
import io.holdfast.recovery.core.ReturnStage.Ordering;
import io.holdfast.recovery.core.ReturnStage.Overtaken;
import io.holdfast.recovery.core.ReturnStage.Pausing;
import io.holdfast.recovery.core.ReturnStage.Quarantined;
import io.holdfast.recovery.core.ReturnStage.Rejoining;
import io.holdfast.recovery.core.ReturnStage.Resting;
import io.holdfast.recovery.core.ReturnStage.Restored;
import io.holdfast.recovery.core.ReturnStage.Settled;
import io.holdfast.recovery.core.ReturnStage.Unanswered;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives a fenced host its power back, when its case is recovered and the segment's policy wants that.
 *
 * <p><b>Intuition.</b> To switch a proven host on endangers no instance: its guests lost their memory, and its next life
 * destroys what it does not own before it may claim. It may be unwanted all the same, because somebody is at work on the machine
 * or because it will fail again; so everything that speaks against it is looked at immediately before each order.
 *
 * <p><b>Model.</b> A part of the case, beside its phase, which stays RECOVERED. Nothing here changes what the case has decided.
 *
 * <pre>
 * begins       -> LEFT_OFF      isolated by a word, or reset by itself
 * begins       -> RESTING
 * RESTING      -> ASKING        Tick
 * ASKING       -> OPPOSED       ReturnSeen
 * ASKING       -> ORDERING      ReturnSeen
 * ASKING       -> OVERTAKEN     ReturnSeen
 * ASKING       -> QUARANTINED   ReturnSeen
 * ASKING       -> REJOINING     ReturnSeen
 * OPPOSED      -> ASKING        Tick
 * QUARANTINED  -> ASKING        Tick
 * ORDERING     -> OPPOSED       PoweredOn, ReturnSeen
 * ORDERING     -> OVERTAKEN     ReturnSeen
 * ORDERING     -> PAUSING       PoweredOn, Tick
 * ORDERING     -> QUARANTINED   ReturnSeen
 * ORDERING     -> REJOINING     PoweredOn, ReturnSeen
 * ORDERING     -> UNANSWERED    PoweredOn, Tick
 * PAUSING      -> ASKING        Tick
 * REJOINING    -> UNANSWERED    Tick
 * UNANSWERED   -> ASKING        Tick
 * any that waits -> RESTORED    HostAdmitted
 * </pre>
 *
 * <p><b>Invariants.</b> ORDERING is entered from ASKING alone, with an answer that nothing speaks against it; and who carries
 * the order out asks once more. While the case moves instances again (somebody asked for one), the return rests.
 *
 * <p><b>If we die</b> in any stage: {@link #commands} names what it waits for. An order that was carried out reads on the next
 * time, and is not given twice.
 */
final class PowerReturnMachine {

    private static final Duration BACKOFF_MAX = Duration.ofMinutes(5);

    private PowerReturnMachine() {}

    /** What the return waits for. */
    static List<CaseCommand> commands(CaseState state) {
        PowerReturn back = state.powerReturn();
        if (back == null || !(state.phase() instanceof Recovered)) {
            return List.of();
        }
        return switch (back.stage()) {
            case Asking s -> List.of(new CaseCommand.LookAtReturn());
            case Ordering s -> List.of(new CaseCommand.PowerOn(s.attempt()));
            case Quarantined s -> s.stored() ? List.of() : List.of(new CaseCommand.Quarantine(s.reason()));
            case Resting s -> List.of();
            case Opposed s -> List.of();
            case Pausing s -> List.of();
            case Rejoining s -> List.of();
            case Unanswered s -> List.of();
            case Settled s -> List.of();
        };
    }

    /** Whatever the event was: a case that has just recovered begins to give the power back, if that is wanted. */
    static void begin(Turn turn) {
        CaseState state = turn.state();
        UnfenceSettings.OfSegment wanted = turn.settings.unfence().of(state.segment());
        boolean closedNow = state.phase() instanceof Recovered recovered
                && recovered.closedAt().equals(turn.now);
        if (!closedNow
                || state.powerReturn() != null
                || state.returnedAt() != null
                || wanted.policy() == UnfenceSettings.Policy.LEAVE_OFF) {
            return;
        }
        FenceProof.Kind kind =
                FenceProof.Kind.valueOf(Objects.requireNonNull(state.proof()).kind());
        if (kind == FenceProof.Kind.SELF_FENCED) {
            leaveOff(
                    turn,
                    "it was proven by its watchdog, which resets it, and not by a device that reads off: it boots by itself, or"
                            + " somebody has to look at it");
            return;
        }
        if (kind == FenceProof.Kind.KERNEL_CRASHED) {
            leaveOff(
                    turn,
                    "its kernel crashed and its power was not cut: it boots by itself when its dump is written, or somebody has to look"
                            + " at it");
            return;
        }
        if (kind.isWord() && !wanted.afterWord()) {
            leaveOff(
                    turn,
                    "it was taken for isolated by somebody's word (" + kind
                            + "), and whoever said so may be at work on it: switch it on by hand (holdfast fence on)");
            return;
        }
        Duration rest = wanted.after();
        become(turn, PowerReturn.in(new Resting(turn.in(rest))));
        turn.line(
                "power-rests",
                rest.isZero()
                        ? "its power is given back now"
                        : "its power is given back in " + rest.toSeconds() + " s");
    }

    private static void leaveOff(Turn turn, String reason) {
        become(turn, PowerReturn.in(new LeftOff(reason)));
        turn.line("left-off", reason);
    }

    static void tick(Turn turn) {
        PowerReturn back = turn.state().powerReturn();
        if (back == null || !(turn.state().phase() instanceof Recovered)) {
            return;
        }
        Instant deadline = back.stage().deadline();
        if (deadline == null || turn.now.isBefore(deadline)) {
            return;
        }
        switch (back.stage()) {
            case Resting s -> ask(turn, back);
            case Asking s -> ask(turn, back);
            case Opposed s -> ask(turn, back);
            case Pausing s -> ask(turn, back);
            case Unanswered s -> ask(turn, back);
            case Quarantined s -> {
                if (s.stored()) {
                    ask(turn, back);
                } else {
                    enter(turn, back.at(new Quarantined(s.reason(), false, turn.in(turn.settings.callDeadline()))));
                }
            }
            case Ordering s -> failed(turn, back, "the order to switch it on was not answered");
            case Rejoining s ->
                callHuman(
                        turn,
                        back,
                        s.detail() + ", and it does not serve again "
                                + turn.settings.unfence().rejoinDeadline().toSeconds() + " s later");
            case Settled s -> {}
        }
    }

    static void on(Turn turn, CaseEvent.OfReturn event) {
        switch (event) {
            case CaseEvent.ReturnSeen e -> seen(turn, e);
            case CaseEvent.QuarantineSet e -> quarantineSet(turn);
            case CaseEvent.PoweredOn e -> poweredOn(turn, e);
        }
    }

    private static void seen(Turn turn, CaseEvent.ReturnSeen seen) {
        PowerReturn back = turn.state().powerReturn();
        if (back == null || !(back.stage() instanceof Asking || back.stage() instanceof Ordering)) {
            return;
        }
        if (back.stage() instanceof Ordering && back.attempts() > 0) {
            // Whoever was to carry the order out says what it found instead: no order was given.
            back = back.attempt(back.attempts() - 1);
        }
        String stands = seen.quarantine();
        if (!seen.overtaken().isEmpty()) {
            become(turn, back.at(new Overtaken(seen.overtaken())));
            turn.line("overtaken", seen.overtaken());
        } else if (seen.here() && !isHalfDone(back)) {
            rejoining(turn, back, "it has registered");
        } else if (stands != null) {
            quarantined(turn, back, stands, true);
        } else if (!seen.flapping().isEmpty() && !back.quarantined() && !back.released()) {
            quarantined(turn, back, seen.flapping(), false);
        } else {
            // Whoever was released after we had put it into quarantine is not put there again for what it did before.
            PowerReturn free = back.quarantined() ? back.quarantined(false) : back;
            if (!seen.objection().isEmpty()) {
                opposed(turn, free, seen.objection(), seen.ordered());
            } else if (free.stage() instanceof Asking) {
                order(turn, free);
            }
        }
    }

    private static void quarantineSet(Turn turn) {
        PowerReturn back = turn.state().powerReturn();
        if (back != null && back.stage() instanceof Quarantined s && !s.stored()) {
            enter(turn, back.at(new Quarantined(s.reason(), true, turn.in(turn.settings.operatorRetry()))));
        }
    }

    private static void poweredOn(Turn turn, CaseEvent.PoweredOn event) {
        PowerReturn back = turn.state().powerReturn();
        if (back == null || !(back.stage() instanceof Ordering ordering) || ordering.attempt() != event.attempt()) {
            return;
        }
        boolean last = back.attempts() >= turn.settings.unfence().attempts();
        switch (event.how()) {
            case ON -> rejoin(turn, back, event.detail());
            // What proved it off is back; what else there is does not answer. An outlet's host may boot nothing yet.
            case ENOUGH -> {
                if (last) {
                    rejoin(turn, back, event.detail());
                } else {
                    failed(turn, back, event.detail());
                }
            }
            case NOT -> failed(turn, back, event.detail());
            case NOT_NOW -> opposed(turn, back.attempt(back.attempts() - 1), event.detail(), false);
        }
    }

    /** The host serves again, whoever switched it on. */
    static void admitted(Turn turn) {
        PowerReturn back = turn.state().powerReturn();
        if (back != null && !back.settled() && !isHalfDone(back)) {
            become(turn, back.at(new Restored(turn.now)));
        }
    }

    /** A host may well run on one of its two supplies; what else was switched off is switched on all the same. */
    private static boolean isHalfDone(PowerReturn back) {
        return back.attempts() > 0 && !back.powered();
    }

    // ---- ways

    private static void ask(Turn turn, PowerReturn back) {
        enter(turn, back.at(new Asking(turn.in(turn.settings.callDeadline()))));
    }

    private static void order(Turn turn, PowerReturn back) {
        int attempt = back.attempts() + 1;
        enter(
                turn,
                back.attempt(attempt)
                        .at(new Ordering(
                                attempt, turn.in(turn.settings.unfence().rejoinDeadline()))));
    }

    private static void rejoin(Turn turn, PowerReturn back, String detail) {
        if (back.powered()) {
            rejoining(turn, back, detail);
            return;
        }
        turn.line("power-restored", detail);
        turn.tellOfHost("host.power-restored", detail);
        // Whoever was called because it had no power is called again when it does not boot.
        rejoining(turn, back.powered(true).told(false), detail);
    }

    private static void rejoining(Turn turn, PowerReturn back, String detail) {
        if (turn.state().admittedAt() != null) {
            become(turn, back.at(new Restored(turn.now)));
            return;
        }
        become(
                turn,
                back.unopposed()
                        .at(new Rejoining(
                                detail, turn.in(turn.settings.unfence().rejoinDeadline()))));
    }

    private static void failed(Turn turn, PowerReturn before, String reason) {
        PowerReturn back = before.unopposed().powered(false);
        if (back.attempts() >= turn.settings.unfence().attempts()) {
            callHuman(turn, back, reason);
            return;
        }
        turn.line("power-on-failed", "attempt " + back.attempts() + ": " + reason);
        become(turn, back.at(new Pausing(reason, turn.in(backoff(turn, back.attempts())))));
    }

    private static Duration backoff(Turn turn, int attempts) {
        Duration pause = turn.settings.unfence().backoff();
        for (int i = 1; i < attempts && pause.compareTo(BACKOFF_MAX) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(BACKOFF_MAX) < 0 ? pause : BACKOFF_MAX;
    }

    private static void opposed(Turn turn, PowerReturn back, String reason, boolean ordered) {
        if (!reason.equals(back.said())) {
            turn.line("power-return-opposed", reason);
        }
        Instant since = back.opposedSince() == null ? turn.now : back.opposedSince();
        // Whoever ordered it so knows; of anything else a human hears in time.
        boolean late = !ordered && !turn.now.isBefore(since.plus(turn.settings.holdEscalation()));
        PowerReturn next =
                back.opposed(since, reason).at(new Opposed(reason, ordered, turn.in(turn.settings.holdRecheck())));
        become(turn, late ? told(turn, next, reason) : next);
    }

    private static void quarantined(Turn turn, PowerReturn back, String reason, boolean stored) {
        if (!back.quarantined()) {
            turn.line("quarantined", reason);
            turn.tellOfHost("host.quarantined", reason);
        }
        Duration wait = stored ? turn.settings.operatorRetry() : turn.settings.callDeadline();
        enter(turn, back.quarantined(true).at(new Quarantined(reason, stored, turn.in(wait))));
    }

    private static void callHuman(Turn turn, PowerReturn back, String reason) {
        become(turn, told(turn, back, reason).at(new Unanswered(reason, turn.in(turn.settings.operatorRetry()))));
    }

    private static PowerReturn told(Turn turn, PowerReturn back, String reason) {
        if (!back.told()) {
            turn.line("unfence-failed", reason);
            turn.tellOfHost("host.unfence-failed", reason);
        }
        return back.told(true);
    }

    private static void enter(Turn turn, PowerReturn next) {
        become(turn, next);
        commands(turn.state()).forEach(turn::send);
    }

    private static void become(Turn turn, @Nullable PowerReturn next) {
        turn.become(turn.state().withPowerReturn(next));
    }
}
