package io.holdfast.recovery.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.SayAnswer;
import io.holdfast.model.Actor;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.recovery.core.CaseEvent.Planned.PlanAnswer;
import io.holdfast.recovery.core.MoveState.Abandoned;
import io.holdfast.recovery.core.MoveState.Active;
import io.holdfast.recovery.core.MoveState.AwaitingSay;
import io.holdfast.recovery.core.MoveState.Claimed;
import io.holdfast.recovery.core.MoveState.Gone;
import io.holdfast.recovery.core.MoveState.HomeReturned;
import io.holdfast.recovery.core.MoveState.Left;
import io.holdfast.recovery.core.MoveState.NeedsOperator;
import io.holdfast.recovery.core.MoveState.Notified;
import io.holdfast.recovery.core.MoveState.Placed;
import io.holdfast.recovery.core.MoveState.Retrying;
import io.holdfast.recovery.core.MoveState.Running;
import io.holdfast.recovery.core.MoveState.Silent;
import io.holdfast.recovery.core.MoveState.Starting;
import io.holdfast.recovery.core.MoveState.Superseded;
import io.holdfast.recovery.core.MoveState.Waiting;
import io.holdfast.recovery.core.MoveState.Withdrawing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves one instance off a host that is proven isolated.
 *
 * <p><b>Intuition.</b> An instance may be in one place at a time, and the store says which: its home, at a generation. A
 * claim changes the home; a start makes it true. Between the two there is a time in which we do not know. In that time
 * the instance is treated as running at its new home, however long it takes.
 *
 * <p><b>Invariants.</b> A claim leaves only from PLACED, and only on one of two grounds: the old home's fence proof, or
 * the confirmation of a living home that it does not run it ({@link Move#withdrawn}). From STARTING and SILENT no claim
 * leaves: a home that does not answer is not a home that does not run it. It is left to that home's own case, which will
 * fence it and go on from there.
 *
 * <p><b>If we die</b> in any state: {@link #commands} names what the state waits for, and it is sent again. The claim is a
 * compare-and-set on the generation and returns the same grant; the order to start is a goal and not a script.
 *
 * <pre>
 * ABANDONED      -> HOME_RETURNED  HostReturned
 * ABANDONED      -> LEFT           InstancesListed
 * ABANDONED      -> NOTIFIED       InstancesListed
 * ABANDONED      -> SILENT         RetryInstanceAsked
 * ABANDONED      -> WAITING        EvacuationAsked, InstancesListed, RetryInstanceAsked
 * CLAIMED        -> ABANDONED      AbandonInstanceAsked
 * CLAIMED        -> GONE           Seen
 * CLAIMED        -> LEFT_STOPPED   Seen
 * CLAIMED        -> NEEDS_OPERATOR Tick
 * CLAIMED        -> RUNNING        Seen
 * CLAIMED        -> STARTING       Delivered
 * CLAIMED        -> SUPERSEDED     AbandonAsked, FailedAgain, PickedUp, StorePardoned, StoreRefused
 * GONE           -> HOME_RETURNED  InstancesListed
 * GONE           -> LEFT           InstancesListed
 * GONE           -> NOTIFIED       InstancesListed
 * GONE           -> WAITING        InstancesListed
 * LEFT           -> HOME_RETURNED  HostReturned, InstancesListed
 * LEFT           -> WAITING        EvacuationAsked, InstancesListed
 * LEFT_STOPPED   -> HOME_RETURNED  InstancesListed
 * LEFT_STOPPED   -> NOTIFIED       InstancesListed
 * LEFT_STOPPED   -> WAITING        InstancesListed
 * NEEDS_OPERATOR -> ABANDONED      AbandonAsked, AbandonInstanceAsked
 * NEEDS_OPERATOR -> CLAIMED        ClaimGranted, RetryAsked, RetryInstanceAsked, Seen, Tick
 * NEEDS_OPERATOR -> GONE           Seen
 * NEEDS_OPERATOR -> HOME_RETURNED  ClaimConflict, ClaimRefused, HostReturned, InstancesListed, PickedUp, Seen
 * NEEDS_OPERATOR -> LEFT_STOPPED   Seen
 * NEEDS_OPERATOR -> PLACED         RetryAsked, RetryInstanceAsked, Tick
 * NEEDS_OPERATOR -> RETRYING       ClaimConflict, ClaimRefused, Withdrawn
 * NEEDS_OPERATOR -> RUNNING        Seen
 * NEEDS_OPERATOR -> SILENT         NotConfirmed, RetryAsked, RetryInstanceAsked, WithdrawalConflict
 * NEEDS_OPERATOR -> STARTING       Delivered, RetryAsked, RetryInstanceAsked, RunsThere, Tick
 * NEEDS_OPERATOR -> SUPERSEDED     AbandonAsked, FailedAgain, PickedUp, StorePardoned, StoreRefused
 * NEEDS_OPERATOR -> WAITING        RetryAsked, RetryInstanceAsked, RoomFound, Tick
 * NEEDS_OPERATOR -> WITHDRAWING    RetryAsked, RetryInstanceAsked, Seen, Tick
 * NOTIFIED       -> HOME_RETURNED  HostReturned, InstancesListed
 * NOTIFIED       -> WAITING        EvacuationAsked, InstancesListed
 * PLACED         -> CLAIMED        ClaimGranted
 * PLACED         -> GONE           Seen
 * PLACED         -> HOME_RETURNED  ClaimConflict, ClaimRefused
 * PLACED         -> LEFT_STOPPED   Seen
 * PLACED         -> NEEDS_OPERATOR Tick
 * PLACED         -> RETRYING       ClaimConflict, ClaimRefused
 * PLACED         -> SUPERSEDED     AbandonAsked, FailedAgain, StorePardoned, StoreRefused
 * RETRYING       -> ABANDONED      AbandonAsked, AbandonInstanceAsked
 * RETRYING       -> GONE           Seen
 * RETRYING       -> HOME_RETURNED  ClaimConflict, ClaimRefused, HostReturned, InstancesListed, PickedUp, Seen
 * RETRYING       -> LEFT_STOPPED   Seen
 * RETRYING       -> NEEDS_OPERATOR Tick
 * RETRYING       -> SUPERSEDED     AbandonAsked, FailedAgain, StorePardoned, StoreRefused
 * RETRYING       -> WAITING        RetryInstanceAsked, Tick
 * RUNNING        -> LEFT           InstancesListed
 * RUNNING        -> WAITING        InstancesListed
 * SILENT         -> ABANDONED      AbandonInstanceAsked
 * SILENT         -> GONE           Seen
 * SILENT         -> LEFT_STOPPED   Seen
 * SILENT         -> NEEDS_OPERATOR Tick
 * SILENT         -> RUNNING        Seen
 * SILENT         -> SUPERSEDED     AbandonAsked, FailedAgain, PickedUp, StoreRefused
 * SILENT         -> WITHDRAWING    Seen
 * STARTING       -> ABANDONED      AbandonInstanceAsked
 * STARTING       -> GONE           Seen
 * STARTING       -> LEFT_STOPPED   Seen
 * STARTING       -> NEEDS_OPERATOR Tick
 * STARTING       -> RUNNING        Seen
 * STARTING       -> SILENT         Tick
 * STARTING       -> SUPERSEDED     AbandonAsked, FailedAgain, PickedUp, StorePardoned, StoreRefused
 * STARTING       -> WITHDRAWING    Seen
 * SUPERSEDED     -> NOTIFIED       InstancesListed
 * SUPERSEDED     -> WAITING        InstancesListed
 * WAITING        -> ABANDONED      AbandonAsked, AbandonInstanceAsked
 * WAITING        -> GONE           Seen
 * WAITING        -> HOME_RETURNED  ClaimConflict, ClaimRefused, HostReturned, InstancesListed, PickedUp, Seen
 * WAITING        -> LEFT_STOPPED   Seen
 * WAITING        -> NEEDS_OPERATOR Tick
 * WAITING        -> PLACED         Planned
 * WAITING        -> SUPERSEDED     AbandonAsked, FailedAgain, StorePardoned, StoreRefused
 * WITHDRAWING    -> GONE           Seen
 * WITHDRAWING    -> LEFT_STOPPED   Seen
 * WITHDRAWING    -> NEEDS_OPERATOR Tick
 * WITHDRAWING    -> PLACED         Withdrawn
 * WITHDRAWING    -> RETRYING       Withdrawn
 * WITHDRAWING    -> SILENT         NotConfirmed, WithdrawalConflict
 * WITHDRAWING    -> STARTING       RunsThere
 * WITHDRAWING    -> SUPERSEDED     FailedAgain, PickedUp, StorePardoned, StoreRefused
 * </pre>
 *
 * <p>The table is of instances whose consumers are not asked; {@link Says} has what is more for those that are.
 */
final class MoveMachine {

    private static final String NO_HOST = "no valid host: ";

    private MoveMachine() {}

    /** What an open move waits for, to be sent again after a restart. */
    static List<CaseCommand> commands(Move move) {
        return switch (move.state()) {
            case Placed s -> List.of(claim(move, s.to()));
            case Claimed s ->
                List.of(move.terms().leaveStopped() ? new CaseCommand.Look(move.id()) : deliver(move, s.to()));
            case Starting s -> List.of(deliver(move, s.to()), new CaseCommand.Look(move.id()));
            case Silent s -> List.of(deliver(move, s.to()), new CaseCommand.Look(move.id()));
            case Withdrawing s -> List.of(new CaseCommand.Withdraw(move.id(), move.generation(), s.to()));
            case Retrying s -> List.of(new CaseCommand.Look(move.id()));
            case NeedsOperator s -> List.of(new CaseCommand.Look(move.id()));
            case AwaitingSay s -> List.of();
            case Waiting s -> List.of();
            case MoveState.Settled s -> List.of();
        };
    }

    /** Whether it was planned, and no host would do. */
    static boolean foundNoHost(Waiting waiting) {
        return waiting.reason().startsWith(NO_HOST);
    }

    static Move planned(Turn turn, Move move, PlanAnswer answer) {
        if (!move.toBePlanned()) {
            return move;
        }
        HostId to = answer.host();
        if (to == null && Says.namedHost(move)) {
            return Says.refusedThere(turn, move, answer.reason());
        }
        if (to == null) {
            String reason = NO_HOST + answer.reason();
            if (move.state() instanceof Waiting waiting && !waiting.reason().equals(reason)) {
                turn.line(move, "not-acted", reason);
            }
            return move.in(new Waiting(reason, turn.in(turn.settings.replanInterval())));
        }
        Move placed = move.restarted(0)
                .attempt(move.attempts() + 1)
                .in(new Placed(to, turn.in(turn.settings.callDeadline())));
        turn.line(placed, "planned", "to " + to + " (attempt " + placed.attempts() + ")");
        turn.send(claim(placed, to));
        return placed;
    }

    static Move on(Turn turn, Move move, CaseEvent.OfInstance event) {
        if (!(move.state() instanceof Active active)) {
            return move;
        }
        if (active instanceof NeedsOperator waiting) {
            // Being with a human changes nothing about what an answer means.
            Move before = move.in(waiting.was());
            Move after = on(turn, before, event);
            return after.equals(before) ? move : after;
        }
        return switch (event) {
            case CaseEvent.ClaimGranted granted -> granted(turn, move, active, granted);
            case CaseEvent.ClaimRefused refused -> refused(turn, move, active, refused);
            case CaseEvent.ClaimConflict conflict -> conflict(turn, move, active, conflict);
            case CaseEvent.Delivered delivered -> delivered(turn, move, active, delivered);
            case CaseEvent.Seen seen -> seen(turn, move, active, seen);
            case CaseEvent.Withdrawn withdrawn -> withdrawn(turn, move, active, withdrawn);
            case CaseEvent.RunsThere runs -> runsThere(turn, move, active, runs);
            case CaseEvent.NotConfirmed not -> notConfirmed(turn, move, active, not);
            case CaseEvent.WithdrawalConflict conflict -> notWithdrawn(turn, move, active, conflict);
            case CaseEvent.PickedUp picked -> pickedUp(turn, move, active, picked);
        };
    }

    static Move tick(Turn turn, Move move) {
        if (!(move.state() instanceof Active active)) {
            return move;
        }
        boolean late = !turn.now.isBefore(move.escalateAt());
        boolean mayCall = !(active instanceof NeedsOperator) && !(active instanceof AwaitingSay);
        if (late && !move.told() && mayCall) {
            return callOperator(turn, move, active, waitingFor(active));
        }
        if (turn.now.isBefore(active.deadline())) {
            return move;
        }
        return switch (active) {
            case AwaitingSay s -> Says.overdue(turn, move);
            // Planned together with the others by the case.
            case Waiting s -> move;
            case Placed s -> again(turn, move.in(new Placed(s.to(), turn.in(turn.settings.callDeadline()))));
            case Claimed s -> again(turn, move.in(new Claimed(s.to(), turn.in(turn.settings.callDeadline()))));
            case Starting s -> {
                String reason = "host " + s.to() + " has not reported it running within "
                        + turn.settings.startTimeout().toSeconds()
                        + " s; it may run there, so it is started nowhere else";
                turn.line(move, "instance-silent", reason);
                yield again(turn, move.in(new Silent(s.to(), reason, turn.in(turn.settings.callDeadline()))));
            }
            case Silent s ->
                again(turn, move.in(new Silent(s.to(), s.reason(), turn.in(turn.settings.callDeadline()))));
            case Withdrawing s ->
                again(turn, move.in(new Withdrawing(s.to(), s.reason(), turn.in(turn.settings.callDeadline()))));
            case Retrying s -> move.in(new Waiting(s.reason(), turn.now));
            case NeedsOperator s -> goOn(turn, move, s);
        };
    }

    /** What a human was called for is tried again, because the timer came or somebody asked. */
    static Move goOn(Turn turn, Move move, NeedsOperator waiting) {
        Move fresh = move.afresh(turn.in(turn.settings.instanceDeadline()), move.told());
        return switch (waiting.was()) {
            case Waiting s -> fresh.in(new Waiting(waiting.reason(), turn.now));
            case Retrying s -> fresh.in(new Waiting(waiting.reason(), turn.now));
            // A claim keeps its attempt's name, so that an answer that is still on its way is recognised.
            case Placed s ->
                again(
                        turn,
                        fresh.attempt(move.attempts()).in(new Placed(s.to(), turn.in(turn.settings.callDeadline()))));
            case Claimed s -> again(turn, fresh.in(new Claimed(s.to(), turn.in(turn.settings.callDeadline()))));
            case Starting s -> again(turn, fresh.in(new Starting(s.to(), turn.in(turn.settings.startTimeout()))));
            case Silent s ->
                again(turn, fresh.in(new Silent(s.to(), s.reason(), turn.in(turn.settings.callDeadline()))));
            case Withdrawing s ->
                again(turn, fresh.in(new Withdrawing(s.to(), s.reason(), turn.in(turn.settings.callDeadline()))));
            case AwaitingSay s -> move;
            case NeedsOperator s -> move;
        };
    }

    static Move homeReturned(Turn turn, Move move) {
        if (!move.stillAtHome()) {
            return move;
        }
        HostId group = Together.elsewhere(turn.state(), move).orElse(null);
        if (group != null) {
            return move.settled() ? keptFromHome(turn, move, group) : followed(turn, move, group);
        }
        String reason = "its home is back before it was claimed elsewhere; it goes on there";
        turn.line(move, "not-acted", reason);
        // Whoever was told that the host failed, and no more, would wait for its instance elsewhere.
        turn.tellOf(move, "instance.not-moved", reason);
        return move.in(new HomeReturned(reason));
    }

    /** Nobody moves it, and it is not started there either: it stays what it was, without a home. Its owner hears of it. */
    private static Move keptFromHome(Turn turn, Move move, HostId group) {
        turn.line(
                move,
                "not-acted",
                "its home is back, and its group, which must be together, lives on " + group
                        + " by now: it does not go on apart from it; started by its owner, it gets a home there");
        return move;
    }

    private static Move followed(Turn turn, Move move, HostId group) {
        String reason =
                "its home is back, and its group, which must be together, lives on " + group + " by now: it follows";
        if (move.gated()
                || !(move.state() instanceof Waiting waiting)
                || foundNoHost(waiting)
                || waiting.reason().equals(reason)) {
            return move;
        }
        turn.line(move, "not-acted", reason);
        return move.in(new Waiting(reason, turn.now));
    }

    static Move asked(Turn turn, Move move, CaseEvent.EvacuationAsked asked) {
        if (move.state() instanceof AwaitingSay) {
            turn.line(move, "evacuation-asked", "by " + asked.by());
            SayAnswer answer = asked.stopped() ? SayAnswer.STOPPED : SayAnswer.RECOVER;
            return Says.decided(turn, move, answer, null, asked.by().toString()).only(asked.only());
        }
        boolean atRest = move.state() instanceof Notified
                || move.state() instanceof Left
                || (move.state() instanceof Abandoned abandoned && abandoned.to() == null);
        if (!atRest) {
            return move;
        }
        turn.line(move, "evacuation-asked", "by " + asked.by());
        return (asked.stopped() ? move.leftStopped() : move)
                .only(asked.only())
                .waitingFor(List.of())
                .afresh(turn.in(turn.settings.instanceDeadline()), false)
                .in(new Waiting("asked for by " + asked.by(), turn.now));
    }

    /** One instance alone is tried again, because somebody asked. Nothing is done about one that is where it should be. */
    static Move retried(Turn turn, Move move, Actor by) {
        String asked = "asked for by " + by;
        Move next = switch (move.state()) {
            case NeedsOperator s -> goOn(turn, Dependencies.waived(turn, move, by.toString()), s);
            case AwaitingSay s -> Says.decided(turn, move, SayAnswer.RECOVER, null, by.toString());
            case Waiting s -> Dependencies.waived(turn, move, by.toString()).in(new Waiting(asked, turn.now));
            case Retrying s -> move.in(new Waiting(asked, turn.now));
            case Placed s -> again(turn, move);
            case Claimed s -> again(turn, move);
            case Starting s -> again(turn, move);
            case Silent s -> again(turn, move);
            case Withdrawing s -> again(turn, move);
            case Abandoned s -> resumed(turn, move, s, asked);
            case Running s -> move;
            case MoveState.LeftStopped s -> move;
            case Notified s -> move;
            case Left s -> move;
            case Gone s -> move;
            case Superseded s -> move;
            case HomeReturned s -> move;
        };
        if (!move.settled() || !next.equals(move)) {
            turn.line(move, "retry-asked", "by " + by);
        }
        return next;
    }

    /** With a new home it is followed there again, from "we do not know"; without one it is planned. */
    private static Move resumed(Turn turn, Move move, Abandoned abandoned, String reason) {
        Move fresh = move.waitingFor(List.of()).afresh(turn.in(turn.settings.instanceDeadline()), false);
        HostId to = abandoned.to();
        return to == null
                ? fresh.in(new Waiting(reason, turn.now))
                : again(turn, fresh.in(new Silent(to, reason, turn.in(turn.settings.callDeadline()))));
    }

    /**
     * Leaves it alone, because somebody asked. Not while an answer is under way that changes where it lives: the case
     * would be closed and the answer heard by nobody ({@link #whyNotAbandoned}).
     */
    static Move abandoned(Turn turn, Move move, Actor by, String why) {
        if (whyNotAbandoned(move) != null) {
            return move;
        }
        String reason = "given up by " + by + ": " + why;
        turn.line(move, "abandoned", reason);
        Move left = move.waitingFor(List.of()).in(new Abandoned(move.state().destination(), reason));
        turn.tellOf(left, "instance.not-moved", reason);
        return left;
    }

    /** Why this move cannot be abandoned now, or null. */
    static @Nullable String whyNotAbandoned(Move move) {
        MoveState at = move.state() instanceof NeedsOperator called ? called.was() : move.state();
        return switch (at) {
            case MoveState.Settled s -> "nothing is being done about it: it is " + s.word();
            case Placed s -> "its claim on " + s.to() + " is under way; ask again in a moment";
            case Withdrawing s -> "host " + s.to() + " is confirming that it does not run it; ask again in a moment";
            case AwaitingSay s -> null;
            case Waiting s -> null;
            case Claimed s -> null;
            case Starting s -> null;
            case Silent s -> null;
            case Retrying s -> null;
            case NeedsOperator s -> null;
        };
    }

    private static Move granted(Turn turn, Move move, Active active, CaseEvent.ClaimGranted granted) {
        if (!(active instanceof Placed placed)
                || granted.attempt() != move.attempts()
                || !granted.to().equals(placed.to())
                || !granted.generation().equals(move.generation().next())) {
            return move;
        }
        return claimed(turn, move, granted.to(), granted.generation());
    }

    private static Move claimed(Turn turn, Move move, HostId to, Generation generation) {
        Move claimed = move.at(generation, false).in(new Claimed(to, turn.in(turn.settings.callDeadline())));
        turn.line(claimed, "instance-claimed", "on " + to + " at generation " + generation);
        turn.tellOf(
                claimed,
                "instance.evacuating",
                "moving to " + to + (move.terms().leaveStopped() ? ", to be left stopped there" : ""));
        return again(turn, claimed);
    }

    private static Move refused(Turn turn, Move move, Active active, CaseEvent.ClaimRefused refused) {
        if (!(active instanceof Placed placed)
                || refused.attempt() != move.attempts()
                || !refused.to().equals(placed.to())) {
            return move;
        }
        return tryElsewhere(
                turn, move.excluding(refused.to(), refused.reason()), refused.to() + ": " + refused.reason());
    }

    private static Move conflict(Turn turn, Move move, Active active, CaseEvent.ClaimConflict conflict) {
        return active instanceof Placed && conflict.attempt() == move.attempts()
                ? lookAgain(turn, move, conflict.reason())
                : move;
    }

    private static Move lookAgain(Turn turn, Move move, String reason) {
        Move looking = unlessHomeReturned(turn, move.in(new Retrying(reason, turn.in(turn.settings.retryBackoff()))));
        turn.line(looking, "instance-retry", reason);
        turn.send(new CaseCommand.Look(move.id()));
        return looking;
    }

    private static Move tryElsewhere(Turn turn, Move move, String reason) {
        if (move.excluded().size() >= move.terms().relocateLimit() && !Says.namedHost(move)) {
            return callOperator(
                    turn,
                    move,
                    new Waiting(reason, turn.now),
                    "tried " + move.excluded().size() + " hosts in vain, the last one " + reason);
        }
        turn.line(move, "instance-retry", reason);
        return unlessHomeReturned(turn, move.in(new Retrying(reason, turn.in(turn.settings.retryBackoff()))));
    }

    private static Move unlessHomeReturned(Turn turn, Move move) {
        return turn.state().returnedAt() == null ? move : homeReturned(turn, move);
    }

    private static Move delivered(Turn turn, Move move, Active active, CaseEvent.Delivered delivered) {
        if (!(active instanceof Claimed claimed) || !delivered.generation().equals(move.generation())) {
            return move;
        }
        turn.line(move, "instance-started", "order handed to " + claimed.to());
        return move.in(new Starting(claimed.to(), turn.in(turn.settings.startTimeout())));
    }

    private static Move seen(Turn turn, Move move, Active active, CaseEvent.Seen seen) {
        if (seen.generation().isOlderThan(move.generation())) {
            return move;
        }
        if (seen.goal() == InstanceGoal.DELETED || seen.actual() == ActualState.DELETED) {
            return gone(turn, move, "deleted by its owner meanwhile");
        }
        HostId home = seen.home();
        if (seen.goal() == InstanceGoal.STOPPED && move.terms().leaveStopped() && home == null) {
            return gone(turn, move, "taken off its home, which is back apart from its group, and left stopped");
        }
        if (seen.goal() == InstanceGoal.STOPPED
                && move.terms().leaveStopped()
                && home != null
                && !home.equals(turn.state().host())) {
            return leftStopped(turn, move.at(seen.generation(), false), home);
        }
        if (seen.goal() != InstanceGoal.RUNNING) {
            return gone(turn, move, seen.goal().word() + " by its owner meanwhile");
        }
        if (!seen.generation().equals(move.generation())) {
            if (home == null && move.stillAtHome()) {
                return takenOff(turn, move, seen.generation());
            }
            if (home == null) {
                // Taken back from a home; a withdrawal of ours whose answer is still on its way.
                return move;
            }
            if (home.equals(turn.state().host())) {
                turn.line(move, "not-acted", "its home is " + home + " again");
                return move.in(new HomeReturned("its home is " + home + " again"));
            }
            // A claim of ours whose answer was lost, or somebody else's: either way that home must be seen to run it.
            return claimed(turn, move, home, seen.generation());
        }
        if (move.stillAtHome()
                && turn.state().admittedAt() != null
                && turn.state().host().equals(home)) {
            String reason = "its home is back, and it lives there; it goes on there";
            turn.line(move, "not-acted", reason);
            return move.in(new HomeReturned(reason));
        }
        HostId to = active.destination();
        if (to == null || !to.equals(home) || active instanceof Placed) {
            return move;
        }
        if (move.terms().leaveStopped() && active instanceof Claimed) {
            // Its owner has changed their mind since the case took it up, or has started it: the store's word counts.
            Move wanted = move.with(move.terms().started());
            return seen.actual() == ActualState.RUNNING ? seen(turn, wanted, active, seen) : again(turn, wanted);
        }
        if (seen.actual() == ActualState.RUNNING && active instanceof Withdrawing) {
            // It ran when this was written; our order not to run it is on its way, and its answer decides. To call it
            // running
            // now would leave it to nobody when the home confirms a moment later that it has ended it.
            return move;
        }
        if (seen.actual() == ActualState.RUNNING) {
            if (active instanceof Claimed) {
                // Its home was quicker than the answer to our order.
                turn.line(move, "instance-started", "order handed to " + to);
            }
            Move running = move.in(new Running(to, turn.now));
            turn.line(running, "instance-running", "on " + to + " at generation " + move.generation());
            turn.tellOf(running, "instance.recovered", "running on " + to);
            return running;
        }
        if (seen.actual() == ActualState.FAILED && (active instanceof Starting || active instanceof Silent)) {
            String reason = "host " + to + " could not start it: " + seen.fault();
            Move back = move.in(new Withdrawing(to, reason, turn.in(turn.settings.callDeadline())));
            turn.line(back, "instance-retry", reason);
            turn.send(new CaseCommand.Withdraw(move.id(), move.generation(), to));
            return back;
        }
        return move;
    }

    /** Its home came back apart from its group, and the store took it off. No proof is needed any more: it has no home. */
    private static Move takenOff(Turn turn, Move move, Generation generation) {
        String reason = "taken off its home, which is back apart from its group";
        turn.line(move, "instance-taken-off", reason + ", at generation " + generation);
        Move taken = move.at(generation, true);
        if (taken.state() instanceof AwaitingSay) {
            // The strict rule of its group is its owner's word too, and the store follows it by itself: there is
            // nothing left to be asked.
            return Says.decided(turn, taken, SayAnswer.RECOVER, null, "its server group, which lives elsewhere by now");
        }
        return taken.state() instanceof NeedsOperator ? taken : taken.in(new Waiting(reason, turn.now));
    }

    private static Move leftStopped(Turn turn, Move move, HostId to) {
        Move left = move.in(new MoveState.LeftStopped(to, turn.now));
        turn.line(left, "instance-left-stopped", "on " + to + " at generation " + move.generation());
        turn.tellOf(left, "instance.recovered", "moved to " + to + " and left stopped there, as its owner wants it");
        return left;
    }

    private static Move gone(Turn turn, Move move, String reason) {
        turn.line(move, "not-acted", reason);
        return move.in(new Gone(reason));
    }

    private static Move withdrawn(Turn turn, Move move, Active active, CaseEvent.Withdrawn withdrawn) {
        if (!(active instanceof Withdrawing from) || !withdrawn.expected().equals(move.generation())) {
            return move;
        }
        Move taken = move.at(withdrawn.generation(), true);
        if (move.restarts() < move.terms().restartLimit()) {
            int times = move.restarts() + 1;
            Move same = taken.restarted(times)
                    .attempt(move.attempts() + 1)
                    .in(new Placed(from.to(), turn.in(turn.settings.callDeadline())));
            turn.line(
                    same,
                    "instance-retry",
                    "on " + from.to() + " once more (" + times + " of "
                            + move.terms().restartLimit() + ")");
            return again(turn, same);
        }
        return tryElsewhere(turn, taken.excluding(from.to(), from.reason()), from.reason());
    }

    private static Move runsThere(Turn turn, Move move, Active active, CaseEvent.RunsThere runs) {
        if (!(active instanceof Withdrawing from) || !runs.expected().equals(move.generation())) {
            return move;
        }
        turn.line(move, "instance-started", "host " + from.to() + " says that it runs after all");
        turn.send(new CaseCommand.Look(move.id()));
        return move.in(new Starting(from.to(), turn.in(turn.settings.startTimeout())));
    }

    private static Move notConfirmed(Turn turn, Move move, Active active, CaseEvent.NotConfirmed not) {
        if (!(active instanceof Withdrawing from) || !not.expected().equals(move.generation())) {
            return move;
        }
        String reason = from.reason() + "; and it was not confirmed that it is not there: " + not.reason();
        turn.line(move, "instance-silent", reason);
        return move.in(new Silent(from.to(), reason, turn.in(turn.settings.callDeadline())));
    }

    /**
     * Somebody else changed it meanwhile. It has had a new home since, so it is not one that still lives at its old home
     * and could be claimed from there: it is silent until it was looked at.
     */
    private static Move notWithdrawn(Turn turn, Move move, Active active, CaseEvent.WithdrawalConflict conflict) {
        if (!(active instanceof Withdrawing from) || !conflict.expected().equals(move.generation())) {
            return move;
        }
        String reason = from.reason() + "; and it was changed meanwhile: " + conflict.reason();
        turn.line(move, "instance-silent", reason);
        return again(turn, move.in(new Silent(from.to(), reason, turn.in(turn.settings.callDeadline()))));
    }

    private static Move pickedUp(Turn turn, Move move, Active active, CaseEvent.PickedUp picked) {
        boolean hasNewHome = active instanceof Claimed
                || active instanceof Starting
                || active instanceof Silent
                || active instanceof Withdrawing;
        if (!hasNewHome) {
            return move;
        }
        String reason =
                "its new home " + active.destination() + " failed too; case " + picked.by() + " goes on with it";
        turn.line(move, "not-acted", reason);
        return move.in(new Superseded(reason));
    }

    private static Move again(Turn turn, Move move) {
        commands(move).forEach(turn::send);
        return move;
    }

    private static Move callOperator(Turn turn, Move move, Active was, String reason) {
        Move called = move.in(new NeedsOperator(was, reason, turn.in(turn.settings.operatorRetry())));
        if (move.told()) {
            return called;
        }
        turn.line(called, "needs-operator", reason);
        turn.tellOf(called, "instance.needs-operator", reason);
        return called.afresh(move.escalateAt(), true).attempt(move.attempts());
    }

    private static String waitingFor(Active active) {
        return switch (active) {
            case AwaitingSay s -> s.reason();
            case Waiting s -> s.reason() + " (add capacity, or evacuate it by hand)";
            case Placed s -> "the claim on " + s.to() + " is not answered; look at the store's health";
            case Claimed s -> "waits for a free place among those starting on " + s.to();
            case Starting s -> "host " + s.to() + " has not reported it running; look at its agent";
            case Silent s -> s.reason() + " (look at host " + s.to() + "; if it is dead, force it down)";
            case Withdrawing s -> s.reason() + "; host " + s.to() + " must confirm (if it is dead, force it down)";
            case Retrying s -> s.reason();
            case NeedsOperator s -> s.reason();
        };
    }

    private static CaseCommand claim(Move move, HostId to) {
        return new CaseCommand.Claim(
                move.id(),
                move.generation(),
                to,
                move.attempts(),
                move.withdrawn() ? CaseCommand.Basis.WITHDRAWN : CaseCommand.Basis.PROOF,
                move.terms().leaveStopped());
    }

    private static CaseCommand deliver(Move move, HostId to) {
        return new CaseCommand.Deliver(move.id(), move.generation(), to);
    }
}
