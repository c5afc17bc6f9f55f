package io.holdfast.recovery.core;

import io.holdfast.compute.SayAnswer;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.core.CaseState.Affected;
import io.holdfast.recovery.core.CaseState.Request;
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
import io.holdfast.recovery.core.Phase.Proof;
import io.holdfast.recovery.core.Phase.Recovered;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Recovers from the failure of one host.
 *
 * <p><b>Intuition.</b> A host that does not answer may be dead, slow or cut off. So everything happens in an order that is
 * right for the worst of the three: no new claims, power off, <em>read back off</em>, and only then is anything of it
 * started elsewhere. What cannot be proven waits, with a deadline, a next try, and a human who has been told.
 *
 * <p><b>Model.</b> The phases of the host, and below EVACUATING one {@link MoveMachine} per instance. Closed phases answer
 * only what concerns the past: a host that is admitted again, and an owner who asks for an instance after all; and beside
 * RECOVERED the host may get its power back ({@link PowerReturnMachine}).
 *
 * <pre>
 * opened       -> HELD           a guard holds it
 * opened       -> CONDEMNED
 * HELD         -> CONDEMNED      HoldReviewed
 * HELD         -> PARDONED       HostReturned
 * CONDEMNED    -> FENCING        StoreCondemned
 * CONDEMNED    -> CONFIRMING     StoreCondemned
 * CONDEMNED    -> PARDONING      StoreCondemned
 * CONDEMNED    -> PARDONED       StoreRefused
 * CONFIRMING   -> FENCED         FenceProven, WordAccepted
 * CONFIRMING   -> CONDEMNED      HostReturned
 * FENCING      -> FENCED         FenceProven
 * FENCING      -> CONFIRMING     WordGiven
 * FENCING      -> DUMPING        FenceDeferred
 * FENCING      -> FENCE_BACKOFF  FenceFailed, Tick
 * FENCING      -> NEEDS_OPERATOR FenceFailed, Tick
 * FENCING      -> PARDONING      FenceFailed, FenceDeferred, Tick
 * DUMPING      -> FENCING        Tick, Verdict, RetryAsked
 * DUMPING      -> FENCED         FenceProven
 * DUMPING      -> CONFIRMING     WordGiven
 * DUMPING      -> PARDONING      HostReturned, WordTakenBack
 * DUMPING      -> ABANDONED      AbandonAsked
 * FENCE_BACKOFF -> FENCING       Tick, Verdict, WordGiven, RetryAsked
 * FENCE_BACKOFF -> FENCED        FenceProven
 * FENCE_BACKOFF -> CONFIRMING    WordGiven
 * FENCE_BACKOFF -> PARDONING     HostReturned, WordTakenBack
 * FENCE_BACKOFF -> ABANDONED     AbandonAsked
 * NEEDS_OPERATOR -> FENCING      Tick, Verdict, WordGiven, RetryAsked
 * NEEDS_OPERATOR -> FENCED       FenceProven
 * NEEDS_OPERATOR -> CONFIRMING   WordGiven
 * NEEDS_OPERATOR -> PARDONING    HostReturned, WordTakenBack
 * NEEDS_OPERATOR -> ABANDONED    AbandonAsked
 * FENCED       -> EVACUATING     InstancesListed
 * FENCED       -> RECOVERED      InstancesListed, FailedAgain
 * FENCED       -> CONDEMNED      ProofMissing
 * EVACUATING   -> CONDEMNED      ProofMissing
 * EVACUATING   -> RECOVERED      ClaimConflict, ClaimRefused, Seen, PickedUp, HostReturned, FailedAgain, AbandonAsked, AbandonInstanceAsked
 * PARDONING    -> PARDONED       StorePardoned, StoreRefused
 * RECOVERED    -> EVACUATING     EvacuationAsked, RetryInstanceAsked
 * </pre>
 *
 * <p>An answer by which the last instance is left (SayGiven, or Tick at its deadline) ends EVACUATING as well ({@link Says}).
 *
 * <p><b>Invariants.</b> No claim leaves unless the phase is EVACUATING, and EVACUATING holds a proof. Nothing is taken
 * back (pardoned) once there is a proof, and nothing is proven by the host's silence. A host that came back is not
 * powered off again for the old reason: an attempt that is under way is waited for, a further one is not begun (unless
 * somebody's word stands against the host).
 *
 * <p><b>If we die</b> after {@code next} is durable and before the commands left: {@link #resume} names them. If we die
 * before: the event is lost, and comes again (membership repeats its verdict, answers are asked for again at the
 * deadline).
 *
 * <p>Rejected: a chain of futures per host. It cannot be resumed from a row, and nobody can read where it stands.
 */
public final class CaseMachine {

    private CaseMachine() {}

    /** How a case begins. */
    public record Opening(
            CaseId id,
            SegmentId segment,
            HostId host,
            HostEpoch expected,
            String reason,
            List<String> evidence,
            @Nullable Instant suspectedAt,
            boolean powerReadOff,
            @Nullable Word word,
            CaseEvent.HoldReviewed review,
            List<Affected> affected,
            List<Request> requests,
            List<Move> carried) {}

    public static CaseStep open(Opening opening, Instant now, RecoverySettings settings) {
        CaseState fresh = new CaseState(
                opening.id(),
                opening.segment(),
                opening.host(),
                opening.expected().next(),
                now,
                opening.reason(),
                opening.evidence(),
                opening.suspectedAt(),
                opening.powerReadOff(),
                opening.word(),
                new Held("", now, now),
                null,
                null,
                false,
                opening.affected(),
                opening.requests(),
                opening.carried(),
                null,
                null,
                0,
                0);
        Turn turn = new Turn(fresh, now, settings);
        String subject = "host/" + opening.host();
        if (opening.suspectedAt() != null) {
            turn.line(opening.suspectedAt(), "suspected", subject, String.join("; ", opening.evidence()));
        }
        if (opening.powerReadOff()) {
            turn.line("power-read-off", "its power device reads off");
        }
        if (opening.word() != null) {
            CaseWords.said(turn, opening.word());
        }
        if (opening.review().pass()) {
            condemn(turn);
        } else {
            hold(turn, opening.review().reason(), turn.in(settings.holdEscalation()));
        }
        return turn.step();
    }

    /**
     * A case as another leader finds it in the journal. Who waits for a human calls for one again: the leader before may have
     * seen the host come back and told so, without the time to write it down, and the host may be away again since.
     */
    public static CaseState takenOver(CaseState state) {
        boolean waits = state.phase() instanceof Held || state.phase() instanceof NeedsOperator;
        return waits ? state.withTold(false) : state;
    }

    /** Every command that this state waits for. A step's commands are always among them. */
    public static List<CaseCommand> resume(CaseState state) {
        return switch (state.phase()) {
            case Held p -> List.of(new CaseCommand.ReviewHold());
            case Condemned p -> List.of(condemnCommand(state));
            case Confirming p -> state.word() == null ? List.of() : List.of(acceptCommand(state.word()));
            case Fencing p -> List.of(fenceCommand(state, p.attempt()));
            case Dumping p -> List.of();
            case FenceBackoff p -> List.of();
            case NeedsOperator p -> List.of();
            case Fenced p -> List.of(new CaseCommand.RecordProof());
            case Evacuating p -> {
                List<CaseCommand> commands = new ArrayList<>();
                if (p.planning()) {
                    commands.add(planCommand(state));
                }
                state.moves().forEach(move -> commands.addAll(MoveMachine.commands(move)));
                if (state.admittedAt() != null) {
                    commands.addAll(lookAtHome(state));
                }
                yield commands;
            }
            case Pardoning p -> List.of(new CaseCommand.Pardon());
            case Recovered p -> PowerReturnMachine.commands(state);
            case Pardoned p -> List.of();
            case Abandoned p -> List.of();
        };
    }

    /**
     * A command that an earlier state gave, as this state wants it; null when it wants it no more. Two events may be taken
     * before their outcome is journaled and their commands leave, and what the first one ordered must not outlive the
     * second. What concerns single instances is refused by its receivers, by generation.
     */
    public static @Nullable CaseCommand asWanted(CaseState state, CaseCommand command) {
        return switch (command) {
            case CaseCommand.Claim c -> c;
            case CaseCommand.Deliver c -> c;
            case CaseCommand.Withdraw c -> c;
            case CaseCommand.Look c -> c;
            case CaseCommand.ReviewHold c -> ofThisState(state, c);
            case CaseCommand.Condemn c -> ofThisState(state, c);
            case CaseCommand.AcceptWord c -> ofThisState(state, c);
            case CaseCommand.Fence c -> ofThisState(state, c);
            case CaseCommand.RecordProof c -> ofThisState(state, c);
            case CaseCommand.Pardon c -> ofThisState(state, c);
            case CaseCommand.Plan c -> ofThisState(state, c);
            case CaseCommand.OfReturn c -> ofThisState(state, c);
        };
    }

    private static @Nullable CaseCommand ofThisState(CaseState state, CaseCommand command) {
        for (CaseCommand wanted : resume(state)) {
            if (wanted.key().equals(command.key())) {
                return wanted;
            }
        }
        return null;
    }

    public static CaseStep step(CaseState state, CaseEvent event, Instant now, RecoverySettings settings) {
        Turn turn = new Turn(state, now, settings);
        switch (event) {
            case CaseEvent.Tick e -> tick(turn);
            case CaseEvent.Verdict e -> verdict(turn, e);
            case CaseEvent.WordGiven e -> CaseWords.given(turn, e);
            case CaseEvent.WordTakenBack e -> CaseWords.takenBack(turn, e);
            case CaseEvent.HoldReviewed e -> holdReviewed(turn, e);
            case CaseEvent.StoreCondemned e -> storeCondemned(turn);
            case CaseEvent.StoreRefused e -> storeRefused(turn, e);
            case CaseEvent.FenceProven e -> proven(turn, e);
            case CaseEvent.FenceFailed e -> {
                if (turn.state().phase() instanceof Fencing fencing && fencing.attempt() == e.attempt()) {
                    fenceFailed(turn, e);
                }
            }
            case CaseEvent.FenceDeferred e -> KernelDumps.deferred(turn, e);
            case CaseEvent.WordAccepted e -> {
                if (turn.state().phase() instanceof Confirming) {
                    fenced(turn, e.proof(), List.of());
                }
            }
            case CaseEvent.InstancesListed e -> FirstMoves.listed(turn, e);
            case CaseEvent.ProofMissing e -> proofMissing(turn, e);
            case CaseEvent.HostReturned e -> returned(turn, e);
            case CaseEvent.StorePardoned e -> {
                if (turn.state().phase() instanceof Pardoning pardoning) {
                    pardoned(turn, pardoning.reason());
                }
            }
            case CaseEvent.HostAdmitted e -> admitted(turn, e);
            case CaseEvent.FailedAgain e -> failedAgain(turn, e);
            case CaseEvent.RetryAsked e -> Asked.retryAsked(turn, e);
            case CaseEvent.AbandonAsked e -> Asked.abandonAsked(turn, e);
            case CaseEvent.Noted e -> turn.line(e.kind(), e.text());
            case CaseEvent.RetryInstanceAsked e -> Asked.retryInstanceAsked(turn, e);
            case CaseEvent.AbandonInstanceAsked e -> {
                if (turn.state().phase() instanceof Evacuating) {
                    moves(
                            turn,
                            move -> move.id().equals(e.instance())
                                            && whyNotAbandoned(turn.state(), e.instance()) == null
                                    ? MoveMachine.abandoned(turn, move, e.by(), e.reason())
                                    : move);
                }
            }
            case CaseEvent.EvacuationAsked e -> Asked.evacuationAsked(turn, e);
            case CaseEvent.SayGiven e -> Says.given(turn, e);
            case CaseEvent.RoomFound e -> roomFound(turn, e);
            case CaseEvent.Planned e -> planned(turn, e);
            case CaseEvent.OfInstance e -> ofInstance(turn, e);
            case CaseEvent.OfReturn e -> PowerReturnMachine.on(turn, e);
        }
        settle(turn);
        PowerReturnMachine.begin(turn);
        return turn.step();
    }

    /** Why this case cannot leave an instance alone now, or null. The instance must be one of its own. */
    public static @Nullable String whyNotAbandoned(CaseState state, InstanceId instance) {
        if (!(state.phase() instanceof Evacuating)) {
            return "the case is " + state.phase().word() + ", and moves nothing now";
        }
        return MoveMachine.whyNotAbandoned(state.move(instance).orElseThrow());
    }

    /**
     * Why this answer of an instance's consumer cannot be taken, or null: it is taken, kept until there is a proof, or was
     * taken before. Whether anybody is asked about the instance is known to its case from the proof on.
     */
    public static @Nullable String whyNotSaid(
            CaseState state, InstanceId instance, SayAnswer answer, @Nullable HostId only) {
        return Says.whyNot(state, instance, answer, only);
    }

    /** Why nothing of an instance can be tried again now, or null. The instance must be one of the case's own. */
    public static @Nullable String whyNotRetried(CaseState state, InstanceId instance) {
        Move move = state.move(instance).orElseThrow();
        boolean again = !move.settled() || (move.state() instanceof MoveState.Abandoned && state.returnedAt() == null);
        return again
                ? null
                : "nothing can be tried again: it is " + move.state().word();
    }

    // ---- from suspicion to condemnation

    private static void hold(Turn turn, String reason, Instant escalateAt) {
        turn.enter(new Held(reason, turn.in(turn.settings.holdRecheck()), escalateAt));
        turn.line("held", reason);
        turn.tellOfHost("host.held", reason);
    }

    private static void holdReviewed(Turn turn, CaseEvent.HoldReviewed review) {
        if (!(turn.state().phase() instanceof Held held)) {
            return;
        }
        if (review.pass()) {
            turn.line("hold-ended", review.reason());
            condemn(turn);
            return;
        }
        boolean another = !guard(held.reason()).equals(guard(review.reason()));
        if (another) {
            turn.line("held", review.reason());
        }
        if (another || !turn.now.isBefore(held.deadline())) {
            turn.enter(new Held(review.reason(), turn.in(turn.settings.holdRecheck()), held.escalateAt()));
        }
    }

    /** The guard's name, with which its reason begins; numbers in the reason may change without being news. */
    private static String guard(String reason) {
        int colon = reason.indexOf(':');
        return colon < 0 ? reason : reason.substring(0, colon);
    }

    private static void condemn(Turn turn) {
        turn.enter(new Condemned(turn.in(turn.settings.callDeadline())));
        CaseState state = turn.state();
        turn.line("condemned", state.reason());
        turn.tellOfHost("host.condemned", state.reason());
        turn.tellAffected("instance.host-failed", "host " + state.host() + " is condemned: " + state.reason());
        turn.send(condemnCommand(state));
    }

    private static void verdict(Turn turn, CaseEvent.Verdict verdict) {
        if (!verdict.powerReadsOff()
                || turn.state().proof() != null
                || turn.state().closed()) {
            return;
        }
        if (!turn.state().powerReadOff()) {
            turn.become(turn.state().withPowerReadOff(verdict.evidence()));
            turn.line("power-read-off", verdict.reason());
        }
        switch (turn.state().phase()) {
            // Passes most guards, and not a segment that somebody disarmed: they are asked.
            case Held p -> turn.send(new CaseCommand.ReviewHold());
            // A device that reads "off" now will let the next attempt prove it.
            case Dumping p -> fence(turn, p.attempt());
            case FenceBackoff p -> fence(turn, p.attempt() + 1);
            case NeedsOperator p -> fence(turn, p.attempt() + 1);
            case Condemned p -> {}
            case Confirming p -> {}
            case Fencing p -> {}
            case Fenced p -> {}
            case Evacuating p -> {}
            case Pardoning p -> {}
            case Recovered p -> {}
            case Pardoned p -> {}
            case Abandoned p -> {}
        }
    }

    // ---- from condemnation to proof

    private static void storeCondemned(Turn turn) {
        if (!(turn.state().phase() instanceof Condemned)) {
            return;
        }
        turn.line("force-down", "takes no more claims, at epoch " + turn.state().epoch());
        Word word = turn.state().word();
        if (word != null && CaseWords.confirmIfFenced(turn, word)) {
            return;
        }
        if (turn.state().returnedAt() != null && word == null) {
            pardon(turn, "the host came back before anything was done to it");
            return;
        }
        fence(turn, 1);
    }

    private static void storeRefused(Turn turn, CaseEvent.StoreRefused refused) {
        if (turn.state().phase() instanceof Condemned || turn.state().phase() instanceof Pardoning) {
            pardoned(turn, refused.reason());
        }
    }

    static void fence(Turn turn, int attempt) {
        // The executor answers within the attempt's own deadline, but the attempt may have to queue for a free place
        // first. This longer deadline only catches an executor that forgot to answer.
        boolean waited = turn.state().phase() instanceof Dumping;
        turn.enter(new Fencing(
                attempt, turn.in(turn.settings.fenceDeadline().multipliedBy(4).plusSeconds(5))));
        if (!waited && (attempt == 1 || !turn.state().told())) {
            turn.line("fence-sent", "attempt " + attempt);
        }
        turn.send(fenceCommand(turn.state(), attempt));
    }

    private static void fenceFailed(Turn turn, CaseEvent.FenceFailed failed) {
        CaseState state = turn.state();
        String reason = (failed.known() ? "" : "nobody could say whether it has power: ") + failed.reason();
        // Once a human has been told, further attempts every half minute would only bury the line that matters.
        if (!state.told()) {
            failed.steps().forEach(text -> turn.line("fence-step", text));
            turn.line("fence-failed", "attempt " + failed.attempt() + ": " + reason);
            turn.tellOfHost("host.fence-failed", reason);
        }
        if (state.returnedAt() != null && state.word() == null) {
            pardon(turn, "the host is back, and nothing was proven (" + reason + ")");
            return;
        }
        if (failed.attempt() < turn.settings.fenceAttempts()) {
            turn.enter(new FenceBackoff(failed.attempt(), reason, turn.in(backoff(turn.settings, failed.attempt()))));
            return;
        }
        String next = "host " + state.host() + " could not be proven isolated in " + failed.attempt()
                + " attempts, the last one: " + reason
                + ". Nothing of it is started elsewhere. Isolate it and confirm"
                + " that with force-down --fenced, or repair its power device; it is tried again every "
                + turn.settings.operatorRetry().toSeconds() + " s";
        turn.enter(new NeedsOperator(failed.attempt(), next, turn.in(turn.settings.operatorRetry())));
        if (!state.told()) {
            turn.line("needs-operator", next);
            turn.tellOfHost("host.needs-operator", next);
            for (Affected who : state.affected()) {
                if (who.policy() == RecoveryPolicy.AUTOMATIC) {
                    turn.tellOf(
                            who.id(), who.name(), who.project(), who.policy().name(), "instance.needs-operator", next);
                }
            }
            turn.become(turn.state().withTold(true));
        }
    }

    /** Doubled for each further attempt, at most the operator's interval. */
    static Duration backoff(RecoverySettings settings, int attempt) {
        Duration backoff = settings.fenceBackoff().multipliedBy(1L << Math.min(attempt - 1, 20));
        return backoff.compareTo(settings.operatorRetry()) > 0 ? settings.operatorRetry() : backoff;
    }

    private static void proven(Turn turn, CaseEvent.FenceProven event) {
        // A proof for this epoch is a proof, whichever attempt brings it and however late.
        boolean open = turn.state().phase().unproven() && !(turn.state().phase() instanceof Condemned);
        if (open) {
            fenced(turn, event.proof(), event.steps());
        }
    }

    private static void fenced(Turn turn, Proof proof, List<String> steps) {
        CaseState state = turn.state();
        steps.forEach(text -> turn.line(proof.at(), "fence-step", "host/" + state.host(), text));
        Instant returnedAt = state.returnedAt();
        if (returnedAt != null && !returnedAt.isAfter(proof.at())) {
            // It had come back, and its power was read off after that: it is gone again.
            turn.become(turn.state().withReturn(null, null));
        }
        turn.enter(new Fenced(proof, turn.in(turn.settings.callDeadline())));
        turn.line(proof.at(), "fence-proven", "host/" + state.host(), proof.kind() + ": " + proof.evidence());
        turn.tellOfHost("host.fenced", proof.evidence());
        turn.tellAffected("instance.host-fenced", "host " + state.host() + " is proven isolated: " + proof.evidence());
        turn.send(new CaseCommand.RecordProof());
    }

    private static void proofMissing(Turn turn, CaseEvent.ProofMissing missing) {
        if (turn.state().proof() == null || turn.state().closed()) {
            return;
        }
        // Only a fence journal that lost its last words can bring us here. What was claimed stays claimed.
        turn.line("fence-failed", missing.reason());
        turn.enter(new Condemned(turn.in(turn.settings.callDeadline())));
        turn.send(condemnCommand(turn.state()));
    }

    // ---- the host comes back

    private static void returned(Turn turn, CaseEvent.HostReturned event) {
        CaseState state = turn.state();
        if (state.returnedAt() != null || state.phase() instanceof Pardoning || state.phase() instanceof Pardoned) {
            return;
        }
        // Whoever reads that it is back has forgotten that somebody was called for it.
        turn.become(state.withReturn(turn.now, null).withTold(false));
        turn.line("host-returned", event.how());
        boolean wanted = state.word() == null;
        switch (state.phase()) {
            case Held p -> pardoned(turn, "the host came back before it was condemned");
            case Dumping p -> {
                if (wanted) {
                    pardon(turn, "the host came back, and nothing was proven");
                }
            }
            case FenceBackoff p -> {
                if (wanted) {
                    pardon(turn, "the host came back, and nothing was proven");
                }
            }
            case NeedsOperator p -> {
                if (wanted) {
                    pardon(turn, "the host came back, and nothing was proven");
                }
            }
            case Evacuating p -> moves(turn, move -> MoveMachine.homeReturned(turn, move));
            case Recovered p -> moves(turn, move -> MoveMachine.homeReturned(turn, move));
            // The word that is being accepted was said of a host that was away. What has to be asked now is its power,
            // and
            // before that the store: whoever takes the word back in this moment must find nothing that cannot be taken
            // back.
            case Confirming p -> {
                turn.enter(new Condemned(turn.in(turn.settings.callDeadline())));
                turn.send(condemnCommand(turn.state()));
            }
            // An act is under way; its answer decides.
            case Condemned p -> {}
            case Fencing p -> {}
            case Fenced p -> {}
            case Pardoning p -> {}
            case Pardoned p -> {}
            case Abandoned p -> {}
        }
    }

    static void pardon(Turn turn, String reason) {
        turn.enter(new Pardoning(reason, turn.in(turn.settings.callDeadline())));
        turn.send(new CaseCommand.Pardon());
    }

    private static void pardoned(Turn turn, String reason) {
        turn.enter(new Pardoned(reason, turn.now));
        // Moves that were carried over from an earlier case stay with the homes they have; who has none by now is
        // placed by
        // the store as soon as there is room, and until then its owner is to know.
        for (Move move : turn.state().moves()) {
            if (!move.settled() && (move.withdrawn() || move.state() instanceof MoveState.Withdrawing)) {
                turn.tellOf(
                        move,
                        "instance.needs-operator",
                        "it was withdrawn from its home, and the case that moved it is closed (" + reason
                                + "): it is started as soon as a host has room for it");
            }
        }
        moves(
                turn,
                move -> move.settled() ? move : move.in(new MoveState.Superseded("this case was closed: " + reason)));
        turn.line("resolved", "nothing was moved: " + reason);
        turn.tellOfHost("host.cleared", reason);
        for (Affected who : turn.state().affected()) {
            turn.tellOf(who.id(), who.name(), who.project(), who.policy().name(), "instance.cleared", reason);
        }
    }

    private static void admitted(Turn turn, CaseEvent.HostAdmitted event) {
        CaseState state = turn.state();
        boolean back = state.phase() instanceof Evacuating && state.returnedAt() != null;
        if (state.admittedAt() != null || (!back && !state.admissible())) {
            return;
        }
        Instant returnedAt = state.returnedAt();
        turn.become(state.withReturn(returnedAt == null ? turn.now : returnedAt, turn.now));
        String text = "serves again as incarnation " + event.incarnation()
                + (event.destroyed().isEmpty()
                        ? ", with no stale guest"
                        : ", stale guests destroyed: " + event.destroyed());
        turn.line("host-admitted", text);
        turn.tellOfHost("host.returned", text);
        PowerReturnMachine.admitted(turn);
        // Who was to follow a group does not live there any more, or was given back to it; the store knows.
        lookAtHome(turn.state()).forEach(turn::send);
    }

    private static List<CaseCommand> lookAtHome(CaseState state) {
        return state.active()
                .filter(Move::stillAtHome)
                .<CaseCommand>map(move -> new CaseCommand.Look(move.id()))
                .toList();
    }

    private static void failedAgain(Turn turn, CaseEvent.FailedAgain again) {
        Proof proof = turn.state().proof();
        if (proof == null || turn.state().closed()) {
            return;
        }
        String reason = "the returned host failed again; case " + again.next() + " goes on with it";
        moves(turn, move -> move.settled() ? move : move.in(new MoveState.Superseded(reason)));
        turn.line("resolved", reason);
        turn.enter(new Recovered(proof, turn.now));
    }

    // ---- from proof to the end

    private static void planned(Turn turn, CaseEvent.Planned planned) {
        if (!(turn.state().phase() instanceof Evacuating evacuating)
                || !evacuating.planning()
                || planned.plan() != turn.state().plans()) {
            return;
        }
        turn.enter(new Evacuating(evacuating.proof(), false, turn.in(turn.settings.replanInterval())));
        Map<InstanceId, CaseEvent.Planned.PlanAnswer> answers = new LinkedHashMap<>();
        planned.answers().forEach(answer -> answers.put(answer.instance(), answer));
        moves(turn, move -> {
            CaseEvent.Planned.PlanAnswer answer = answers.get(move.id());
            return answer == null ? move : MoveMachine.planned(turn, move, answer);
        });
    }

    private static void ofInstance(Turn turn, CaseEvent.OfInstance event) {
        // Moves carried over from an earlier case rest until this one is proven too. An answer that arrives meanwhile
        // is
        // not lost: what they wait for is asked for again then.
        if (!(turn.state().phase() instanceof Evacuating)) {
            return;
        }
        moves(turn, move -> move.id().equals(event.instance()) ? MoveMachine.on(turn, move, event) : move);
        if (event instanceof CaseEvent.Seen seen) {
            Dependencies.seen(turn, seen);
        }
    }

    /** Why the case cannot be given up now, for people; empty when it can. */
    public static String whyNotAbandoned(CaseState state) {
        return switch (state.phase()) {
            case Dumping p -> "";
            case FenceBackoff p -> "";
            case NeedsOperator p -> "";
            case Evacuating p -> {
                List<String> underWay = state.active()
                        .filter(move -> !move.stillAtHome() || move.claimUnderWay())
                        .map(move -> move.name() + " (" + move.state().word() + ")")
                        .toList();
                yield underWay.isEmpty()
                        ? ""
                        : "these instances are on their way to a new home: " + String.join(", ", underWay)
                                + "; wait for them, or retry them";
            }
            case Held p ->
                "nothing was done to the host yet; to keep it that way, put it into maintenance or disarm the segment";
            case Condemned p -> "the store is being told; ask again in a moment";
            case Confirming p -> "somebody's word is being journaled; ask again in a moment";
            case Fencing p -> "an attempt to isolate the host is under way, and its answer decides; ask again after it";
            case Fenced p -> "the proof is being recorded; ask again in a moment";
            case Pardoning p -> "the host is back, and the case is about to close by itself";
            case Recovered p -> "it is closed";
            case Pardoned p -> "it is closed";
            case Abandoned p -> "it is closed";
        };
    }

    private static void roomFound(Turn turn, CaseEvent.RoomFound found) {
        if (turn.state().phase() instanceof Evacuating) {
            moves(turn, move -> found.instances().contains(move.id()) ? roomFound(turn, move) : move);
        }
    }

    private static Move roomFound(Turn turn, Move move) {
        return switch (move.state()) {
            case MoveState.Waiting waiting ->
                waiting.deadline().isAfter(turn.now) && move.toBePlanned()
                        ? move.in(new MoveState.Waiting(waiting.reason(), turn.now))
                        : move;
            // Room is what the human was asked for.
            case MoveState.NeedsOperator waiting ->
                waiting.was() instanceof MoveState.Waiting && !move.gated()
                        ? MoveMachine.goOn(turn, move, waiting)
                        : move;
            case MoveState.Active other -> move;
            case MoveState.Settled other -> move;
        };
    }

    // ---- time

    private static void tick(Turn turn) {
        Instant deadline = turn.state().phase().deadline();
        boolean due = deadline != null && !turn.now.isBefore(deadline);
        Instant again = turn.in(turn.settings.callDeadline());
        switch (turn.state().phase()) {
            case Held p -> {
                if (due) {
                    turn.enter(new Held(p.reason(), turn.in(turn.settings.holdRecheck()), p.escalateAt()));
                    turn.send(new CaseCommand.ReviewHold());
                }
                if (!turn.now.isBefore(p.escalateAt()) && !turn.state().told()) {
                    turn.line("needs-operator", p.reason());
                    turn.tellOfHost("host.needs-operator", p.reason());
                    turn.become(turn.state().withTold(true));
                }
            }
            case Condemned p -> repeat(turn, due, new Condemned(again));
            case Confirming p -> repeat(turn, due, new Confirming(again));
            case Fencing p -> {
                if (due) {
                    fenceFailed(
                            turn,
                            new CaseEvent.FenceFailed(p.attempt(), false, "the attempt was not answered", List.of()));
                }
            }
            case Dumping p -> {
                if (due) {
                    fence(turn, p.attempt());
                }
            }
            case FenceBackoff p -> {
                if (due) {
                    fence(turn, p.attempt() + 1);
                }
            }
            case NeedsOperator p -> {
                if (due) {
                    fence(turn, p.attempt() + 1);
                }
            }
            case Fenced p -> repeat(turn, due, new Fenced(p.proof(), again));
            case Evacuating p -> {
                // First the moves, so that a plan asked for again is about those that wait now.
                moves(turn, move -> MoveMachine.tick(turn, move));
                Dependencies.settle(turn);
                // Of those that it was asked for the last may just have ended, by what was said in advance.
                if (due && p.planning() && turn.state().moves().stream().anyMatch(Move::toBePlanned)) {
                    turn.enter(new Evacuating(p.proof(), true, again));
                    turn.send(planCommand(turn.state()));
                } else if (due) {
                    turn.enter(new Evacuating(p.proof(), false, turn.in(turn.settings.replanInterval())));
                }
            }
            case Pardoning p -> repeat(turn, due, new Pardoning(p.reason(), again));
            case Recovered p -> PowerReturnMachine.tick(turn);
            case Pardoned p -> {}
            case Abandoned p -> {}
        }
    }

    private static void repeat(Turn turn, boolean due, Phase same) {
        if (due) {
            turn.enter(same);
            resume(turn.state()).forEach(turn::send);
        }
    }

    /** What follows from where the moves stand now, whatever the event was: a plan is due, or the case is over. */
    private static void settle(Turn turn) {
        if (!(turn.state().phase() instanceof Evacuating evacuating)) {
            return;
        }
        Together.settle(turn);
        Dependencies.settle(turn);
        CaseState state = turn.state();
        if (state.active().findAny().isEmpty()) {
            long running = state.moves().stream()
                    .filter(move -> move.state() instanceof MoveState.Running)
                    .count();
            long stopped = state.moves().stream()
                    .filter(move -> move.state() instanceof MoveState.LeftStopped)
                    .count();
            String text = running + " of " + state.moves().size() + " instances run elsewhere"
                    + (stopped == 0 ? "" : ", " + stopped + " moved and left stopped");
            turn.enter(new Recovered(evacuating.proof(), turn.now));
            turn.line("resolved", text);
            turn.tellOfHost("host.recovered", text);
            return;
        }
        boolean due = state.moves().stream()
                .anyMatch(move -> move.toBePlanned()
                        && move.state() instanceof MoveState.Waiting waiting
                        && !turn.now.isBefore(waiting.deadline()));
        if (due && !evacuating.planning()) {
            turn.become(state.withCounts(state.plans() + 1, state.seq())
                    .with(new Evacuating(evacuating.proof(), true, turn.in(turn.settings.callDeadline()))));
            turn.send(planCommand(turn.state()));
        }
    }

    // ---- commands

    private static CaseCommand condemnCommand(CaseState state) {
        return new CaseCommand.Condemn(HostEpoch.of(state.epoch().value() - 1));
    }

    static CaseCommand acceptCommand(Word word) {
        return new CaseCommand.AcceptWord(new Actor(word.by(), word.channel()), word.reason(), word.confirmedDead());
    }

    private static CaseCommand fenceCommand(CaseState state, int attempt) {
        return new CaseCommand.Fence(
                attempt, state.returnedAt() == null || state.word() != null, KernelDumps.heed(state));
    }

    /** For whoever knows this case alone; the engine asks for all cases together ({@link JointPlan}). */
    private static CaseCommand planCommand(CaseState state) {
        return new CaseCommand.Plan(state.plans(), JointPlan.of(List.of(state)));
    }

    static void moves(Turn turn, UnaryOperator<Move> change) {
        List<Move> next = new ArrayList<>();
        for (Move move : turn.state().moves()) {
            next.add(change.apply(move));
        }
        if (!next.equals(turn.state().moves())) {
            turn.become(turn.state().withMoves(next));
        }
    }
}
