package io.holdfast.compute.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.model.InstanceId;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Nova's one state where we have a goal, an actual state and a task. Pure. The table, first line that fits:
 *
 * <pre>
 * goal or actual DELETED          deleted
 * task rebooting, rebooting_hard  active
 * actual UNKNOWN                  what the goal says
 * else                            what the actual state says
 * </pre>
 *
 * <p>UNKNOWN is an instance whose home is condemned and not yet fenced: as in Nova, it goes on being shown as what it was
 * meant to be.
 */
public enum VmState {
    ACTIVE,
    BUILDING,
    STOPPED,
    PAUSED,
    SUSPENDED,
    ERROR,
    DELETED;

    /** Nova's word. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static VmState of(Instance instance) {
        return of(instance.goal(), instance.actual(), instance.task());
    }

    public static VmState of(InstanceGoal goal, ActualState actual, @Nullable String task) {
        if (goal == InstanceGoal.DELETED) {
            return DELETED;
        }
        if (Instances.REBOOTING.equals(task) || Instances.REBOOTING_HARD.equals(task)) {
            return ACTIVE;
        }
        return switch (actual) {
            case FAILED -> ERROR;
            case BUILDING -> BUILDING;
            case RUNNING -> ACTIVE;
            case STOPPED -> STOPPED;
            case PAUSED -> PAUSED;
            case SUSPENDED -> SUSPENDED;
            case DELETED -> DELETED;
            case UNKNOWN ->
                switch (goal) {
                    case RUNNING -> ACTIVE;
                    case STOPPED -> STOPPED;
                    case PAUSED -> PAUSED;
                    case SUSPENDED -> SUSPENDED;
                    case DELETED -> DELETED;
                };
        };
    }

    /** That something cannot be done in this state, in Nova's sentence. */
    public static ComputeException wrong(String verb, InstanceId instance, VmState state) {
        return new ComputeException(
                Kind.CONFLICT,
                "Cannot '" + verb + "' instance " + instance + " while it is in vm_state " + state.word());
    }
}
