package io.holdfast.recovery;

import io.holdfast.compute.SayAnswer;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.PlannedMove;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the API and the command line may ask of recovery. All calls are durable or refused when they return. */
public interface Recovery extends OperatorVerbs {

    /** Newest first. {@code host} null for all hosts; {@code open} null for both. Without timelines. */
    List<CaseView> cases(@Nullable HostId host, @Nullable Boolean open, int limit);

    /** With its timeline. */
    Optional<CaseView> find(CaseId id);

    /**
     * Somebody's word that a host is gone. Starts recovery at once, without waiting for any time-out. The host is
     * still fenced and proven before anything starts elsewhere, unless the caller states that it has isolated the host
     * ({@code callerHasFenced}); that statement, with the caller's name, becomes the proof.
     *
     * <p>Repeating it for a host that stands condemned changes nothing (except that a statement of fencing that was
     * missing before is taken as the proof).
     */
    void forceDown(HostId host, Actor by, boolean callerHasFenced, String reason);

    /**
     * Somebody's word that a host may be gone, which is looked into at once: every signal is asked. While one says that the host
     * lives, or this controller has reason to doubt what it hears, nothing follows. Otherwise it is as {@link #forceDown} by them.
     * Blocks for a few seconds at most.
     */
    SuspicionAnswer suspect(HostId host, Actor by, String reason);

    /** Takes the word back: the host may serve again once it has introduced itself. */
    void clearForceDown(HostId host, Actor by);

    /**
     * Moves one instance off a failed host on somebody's request, whatever its policy.
     *
     * @param target the new home asked for, or null for any
     * @param stopped whether only its home shall move, and its owner starts it there
     */
    EvacuationAnswer evacuate(InstanceId instance, @Nullable HostId target, boolean stopped, Actor by);

    /**
     * Moves one running instance off a living host: stopped there, started elsewhere. If it cannot be started elsewhere it
     * goes on where it was.
     *
     * @param target the new home asked for, or null for any
     */
    MoveAnswer migrate(InstanceId instance, @Nullable HostId target, Actor by);

    /**
     * Somebody else, a hypervisor's cluster or a hand, has moved an instance's guest to another host: its home, its claim
     * and its notices follow. Both hosts are asked first: the new one must have the guest, the old one must not. Where the
     * old home is proven isolated the case of that host goes on there. Said again it is one move.
     *
     * <p>Blocks for some seconds at most. A {@code ComputeException} says NOT_FOUND for an unknown host.
     *
     * @param from where it was, or null when the reporter does not know
     */
    FollowAnswer follow(InstanceId instance, @Nullable HostId from, HostId to, Actor by);

    /** Planned moves, newest first, of all instances if {@code instance} is null. */
    List<PlannedMove> moves(@Nullable InstanceId instance, int limit);

    /** Tries again what a case has handed to a human. */
    void retry(CaseId id, Actor by);

    /**
     * Tries one instance of a case again now, without waiting for its timer or for those it depends on; takes one up again
     * that was abandoned. A {@code ComputeException} says NOT_FOUND for an unknown case or instance, CONFLICT when there
     * is nothing to try.
     */
    void retry(CaseId id, InstanceId instance, Actor by);

    /**
     * Has a case leave one instance alone, for this reason. Nothing is undone: what was ordered at a new home goes on
     * there, and one that still lives at its old home goes on when that returns. Exceptions as {@link #retry}.
     */
    void abandon(CaseId id, InstanceId instance, Actor by, String reason);

    /**
     * The consumer of an instance says what becomes of it, or says the same again. Before the instance's host is proven isolated
     * the answer is kept, and a later one replaces it; after that it is acted on at once, and a different one is refused.
     *
     * <p>A {@code ComputeException} says NOT_FOUND for an unknown instance or host, INVALID for a host that is named for anything but
     * RECOVER, CONFLICT when nobody is asked, when something else is acted on already, and when the host takes nothing now.
     *
     * @param only the one host it shall be started on, or null for any
     * @param of the case that the question came from, or null for the one that asks now
     */
    SayView say(InstanceId instance, SayAnswer answer, @Nullable HostId only, @Nullable CaseId of, Actor by);

    /** What consumers are asked now, the next deadline first. */
    List<SayView> says();

    /** How a request to move an instance off a living host was taken. */
    sealed interface MoveAnswer {
        /** It will be done, as this move. */
        record Accepted(UUID move) implements MoveAnswer {}

        /** The instance or its host is not in a state that allows it. */
        record Conflict(String reason) implements MoveAnswer {}

        record NotFound() implements MoveAnswer {}
    }

    /** How the word that somebody else has moved an instance was taken. */
    sealed interface FollowAnswer {
        /** Its home follows, as this move. */
        record Accepted(UUID move) implements FollowAnswer {}

        /** Its old home is proven isolated; its case has it go on where it is. */
        record Recovering(CaseId caseId) implements FollowAnswer {}

        /** That is its home already. */
        record AtHome() implements FollowAnswer {}

        /** It is not followed: the hosts say otherwise, or the instance or a host is not in a state that allows it. */
        record Conflict(String reason) implements FollowAnswer {}

        record NotFound() implements FollowAnswer {}
    }

    /** What came of a suspicion. */
    sealed interface SuspicionAnswer {
        /** Nothing shows the host, so it is condemned. */
        record Condemned() implements SuspicionAnswer {}

        /** @param reason which signals say that it lives, or why nobody here can tell */
        record NotActed(String reason) implements SuspicionAnswer {}
    }

    /** How a request to evacuate was taken. */
    sealed interface EvacuationAnswer {
        /** It will be done, or is being done, by this case. */
        record Accepted(CaseId caseId) implements EvacuationAnswer {}

        /** The host is not down, so the instance must not be started elsewhere. */
        record HostNotDown(String reason) implements EvacuationAnswer {}

        /** The instance is not in a state that allows it. */
        record Conflict(String reason) implements EvacuationAnswer {}

        record NotFound() implements EvacuationAnswer {}
    }
}
