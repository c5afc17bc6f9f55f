package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where the recovery of one instance stands. */
public sealed interface MoveState {

    /** The stable word: in the journal, in the API, in the runbook. */
    default String word() {
        return switch (this) {
            case AwaitingSay s -> "AWAITING_SAY";
            case Waiting s -> "WAITING";
            case Placed s -> "PLACED";
            case Claimed s -> "CLAIMED";
            case Starting s -> "STARTING";
            case Silent s -> "SILENT";
            case Withdrawing s -> "WITHDRAWING";
            case Retrying s -> "RETRYING";
            case NeedsOperator s -> "NEEDS_OPERATOR";
            case Running s -> "RUNNING";
            case LeftStopped s -> "LEFT_STOPPED";
            case Notified s -> "NOTIFIED";
            case Left s -> "LEFT";
            case Gone s -> "GONE";
            case Superseded s -> "SUPERSEDED";
            case HomeReturned s -> "HOME_RETURNED";
            case Abandoned s -> "ABANDONED";
        };
    }

    /** The host it is being moved to or runs on, as far as it is chosen. */
    default @Nullable HostId destination() {
        return switch (this) {
            case Placed s -> s.to();
            case Claimed s -> s.to();
            case Starting s -> s.to();
            case Silent s -> s.to();
            case Withdrawing s -> s.to();
            case NeedsOperator s -> s.was().destination();
            case Running s -> s.to();
            case LeftStopped s -> s.to();
            case Abandoned s -> s.to();
            case AwaitingSay s -> null;
            case Waiting s -> null;
            case Retrying s -> null;
            case Notified s -> null;
            case Left s -> null;
            case Gone s -> null;
            case Superseded s -> null;
            case HomeReturned s -> null;
        };
    }

    /** Under way: something happens by itself at the deadline, at the latest. */
    sealed interface Active extends MoveState {
        Instant deadline();
    }

    /** At rest, with a named reason. */
    sealed interface Settled extends MoveState {}

    /**
     * Its host is proven isolated, and its consumer is asked what becomes of it; in no plan until then.
     *
     * @param deadline when what was said in advance is done; never moved
     */
    record AwaitingSay(String reason, Instant deadline) implements Active {}

    /** Wants a home; is part of the next plan at the deadline. */
    record Waiting(String reason, Instant deadline) implements Active {}

    /** A home was chosen; the claim is under way. */
    record Placed(HostId to, Instant deadline) implements Active {}

    /** The home is claimed; waits for a free place among those that start there. */
    record Claimed(HostId to, Instant deadline) implements Active {}

    /** The home was told to start it; not seen running yet. */
    record Starting(HostId to, Instant deadline) implements Active {}

    /**
     * Its new home has not said in time that it runs, nor that it could not. It may be running there, so it is started
     * nowhere else. If that home is dead, that home's own case will fence it and move on from there.
     */
    record Silent(HostId to, String reason, Instant deadline) implements Active {}

    /** Its new home said that it could not start it; it is being taken back, with that home's confirmation. */
    record Withdrawing(HostId to, String reason, Instant deadline) implements Active {}

    /** Tried in vain; waits a moment before the next plan. */
    record Retrying(String reason, Instant deadline) implements Active {}

    /**
     * A human was told. At the deadline it goes on all the same, from where it was.
     *
     * @param was any other active state; what is known of a possible home must not be forgotten
     */
    record NeedsOperator(Active was, String reason, Instant deadline) implements Active {
        public NeedsOperator {
            if (was instanceof NeedsOperator) {
                throw new IllegalArgumentException("a human is called once, not for being called");
            }
            if (was instanceof AwaitingSay) {
                throw new IllegalArgumentException("whoever waits for an answer has a deadline, and calls nobody");
            }
        }
    }

    /** Seen running on its new home. */
    record Running(HostId to, Instant at) implements Settled {}

    /** Has its new home, and is left stopped there, as its owner wants it. */
    record LeftStopped(HostId to, Instant at) implements Settled {}

    /** Policy notify: its owner was told, and may ask for it to be moved. */
    record Notified(String reason) implements Settled {}

    /** Not touched, and why. */
    record Left(String reason) implements Settled {}

    /** Deleted or stopped by its owner meanwhile. */
    record Gone(String reason) implements Settled {}

    /** Another case has it now. */
    record Superseded(String reason) implements Settled {}

    /** Its old home came back before it was claimed elsewhere; it goes on there. */
    record HomeReturned(String reason) implements Settled {}

    /**
     * Somebody said that this case shall leave it alone. What was under way at a new home goes on there unwatched.
     *
     * @param to the new home, if it had one by then; otherwise it is still at its old one
     */
    record Abandoned(@Nullable HostId to, String reason) implements Settled {}
}
