package io.holdfast.compute.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Hold;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.model.InstanceId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holding an instance for a while, and letting it go on: who may, what it is called meanwhile, and what it is again when its
 * home cannot do it. Pure.
 *
 * <pre>
 * verb      from       to         task
 * pause     active     PAUSED     pausing
 * unpause   paused     RUNNING    unpausing
 * suspend   active     SUSPENDED  suspending
 * resume    suspended  RUNNING    resuming
 * </pre>
 *
 * <p>The generation stays: the guest is the same. An order that comes late can therefore hold what goes on again, or the
 * other way round; what is reported then is not the goal, and the goal is told once more. Nothing is lost by it.
 */
public final class HoldRule {

    private HoldRule() {}

    private static VmState from(Hold verb) {
        return switch (verb) {
            case PAUSE, SUSPEND -> VmState.ACTIVE;
            case UNPAUSE -> VmState.PAUSED;
            case RESUME -> VmState.SUSPENDED;
        };
    }

    /** CONFLICT unless the verb fits the state and nothing else is done to the instance. */
    public static void check(Hold verb, InstanceId instance, VmState state, @Nullable String task) {
        if (state != from(verb)) {
            throw VmState.wrong(verb.word(), instance, state);
        }
        if (task != null) {
            throw new ComputeException(
                    Kind.CONFLICT,
                    "Cannot '" + verb.word() + "' instance " + instance + " while it is in task_state " + task);
        }
    }

    /** Whether it has no guest that could do anything, and its owner wants it so: wherever its home is, it stays what it is. */
    public static boolean isKept(InstanceGoal goal, ActualState actual) {
        return goal == InstanceGoal.SUSPENDED && actual == ActualState.SUSPENDED;
    }

    /** Whether this is done to a guest by its home, so that nobody does it any more when the home has failed. */
    public static boolean endsWithItsHome(@Nullable String task) {
        return task != null
                && (Stream.of(Hold.values()).anyMatch(verb -> verb.task().equals(task))
                        || List.of(
                                        Instances.REBOOTING,
                                        Instances.REBOOTING_HARD,
                                        Instances.REBUILDING,
                                        Instances.POWERING_ON)
                                .contains(task));
    }

    /** What an instance is again. */
    public record Back(InstanceGoal goal, ActualState actual) {}

    /**
     * Its home cannot do it. Empty when nothing of these verbs is under way: a goal that was reached, and is told again because
     * nobody knows whether it still is, is not taken back by whoever cannot reach it now.
     *
     * @param goal what was ordered
     * @param actual what was reported last
     */
    public static Optional<Back> declined(InstanceGoal goal, ActualState actual, @Nullable String task) {
        return switch (goal) {
            // Whether it ran on, or was halted half-way, its home says when it is told that it shall run.
            case PAUSED, SUSPENDED ->
                (goal == InstanceGoal.PAUSED ? Hold.PAUSE : Hold.SUSPEND).task().equals(task)
                        ? Optional.of(new Back(InstanceGoal.RUNNING, ActualState.UNKNOWN))
                        : Optional.empty();
            case RUNNING -> {
                // One that resumes where it got a new home is spawning there. What a case moves the case looks after.
                boolean goesOn = Hold.UNPAUSE.task().equals(task)
                        || Hold.RESUME.task().equals(task)
                        || Instances.SPAWNING.equals(task);
                // What it is, and not what it was: one that resumes may stand at its home beside its memory.
                yield switch (actual) {
                    case PAUSED -> goesOn ? Optional.of(new Back(InstanceGoal.PAUSED, actual)) : Optional.empty();
                    case SUSPENDED -> goesOn ? Optional.of(new Back(InstanceGoal.SUSPENDED, actual)) : Optional.empty();
                    case BUILDING, RUNNING, STOPPED, FAILED, UNKNOWN, DELETED -> Optional.empty();
                };
            }
            case STOPPED, DELETED -> Optional.empty();
        };
    }

    /**
     * Whether the proof that its home is off changes what it is: nobody knows what it does, or it is to be deleted and only its
     * home could have said that it is. What is {@link #isKept kept} has no guest and is known all the while, also while its owner
     * deletes it.
     */
    public static boolean endsWithProof(InstanceGoal goal, ActualState actual) {
        return actual == ActualState.UNKNOWN || goal == InstanceGoal.DELETED;
    }
}
