package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Hold;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.core.HoldRule;
import io.holdfast.compute.core.VmState;
import io.holdfast.model.Fact;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** What an owner's wish to hold an instance, to have it go on or to begin anew changes in its row, which is locked with its home. */
final class StoredHolds {

    private StoredHolds() {}

    /** What is held is not started or stopped as if it were not. */
    static void refuseHeld(String verb, InstanceRow row) {
        VmState state = VmState.of(row.goal, row.actual, row.task);
        if (state == VmState.PAUSED || state == VmState.SUSPENDED) {
            throw VmState.wrong(verb, row.instanceId(), state);
        }
    }

    static void hold(Session session, InstanceRow row, @Nullable HostRow home, Hold verb, Instant now) {
        HoldRule.check(verb, row.instanceId(), VmState.of(row.goal, row.actual, row.task), row.task);
        boolean elsewhere = verb == Hold.RESUME && (home == null || home.state == HostState.FENCED);
        if (elsewhere) {
            if (home != null) {
                // Proven isolated, and its case leaves what is suspended alone: nobody else would move it.
                row.leave(home);
            }
            row.withdrawnAt = null;
            row.task = StoredInstances.SCHEDULING;
        } else {
            HostRow serving = requireServing(verb.word(), row, home);
            if (verb == Hold.RESUME) {
                requireGroup(session, verb.word(), row, serving);
            }
            row.task = verb.task();
        }
        row.goal = verb.goal();
        row.fault = null;
        row.updatedAt = now;
        if (elsewhere) {
            ActionLog.began(session, row, verb.word(), now);
        }
    }

    /** That it found no home to go on at, for its owner, who was answered before that was known. */
    static Fact notResumed(Instance now, Instant at) {
        return new Fact(
                UUID.randomUUID(),
                "instance.not-moved",
                "instance/" + now.id(),
                now.project(),
                at,
                Map.of(
                        "instanceId",
                        now.id().toString(),
                        "name",
                        now.name(),
                        "policy",
                        now.policy().name(),
                        "reason",
                        "It stays suspended. " + now.fault()));
    }

    static void reboot(Session session, InstanceRow row, @Nullable HostRow home, boolean gently, Instant now) {
        if (row.task != null || row.goal == InstanceGoal.DELETED) {
            throw StoredInstances.busy(row, "reboot");
        }
        VmState state = VmState.of(row.goal, row.actual, row.task);
        boolean runs = row.goal == InstanceGoal.RUNNING && row.actual == ActualState.RUNNING;
        boolean may = switch (state) {
            case ACTIVE -> runs;
            case STOPPED, PAUSED, SUSPENDED, ERROR -> !gently;
            case BUILDING, DELETED -> false;
        };
        if (!may || home == null) {
            throw VmState.wrong("reboot", row.instanceId(), state);
        }
        requireServing("reboot", row, home);
        if (row.goal != InstanceGoal.RUNNING) {
            requireGroup(session, "reboot", row, home);
        }
        row.task = gently ? Instances.REBOOTING : Instances.REBOOTING_HARD;
        beginAnew(row, now);
    }

    /** A guest of an older generation is ended before one of the new is started, and what it was is forgotten. */
    static void beginAnew(InstanceRow row, Instant now) {
        row.generation++;
        row.goal = InstanceGoal.RUNNING;
        row.actual = ActualState.UNKNOWN;
        row.fault = null;
        row.updatedAt = now;
    }

    static HostRow requireServing(String verb, InstanceRow row, @Nullable HostRow home) {
        if (home == null || home.state != HostState.SERVING) {
            throw new ComputeException(
                    Kind.CONFLICT,
                    "Cannot '" + verb + "' instance " + row.id + ": "
                            + (home == null ? "it has no home" : "its home " + home.id + " does not serve"));
        }
        return home;
    }

    static void requireGroup(Session session, String verb, InstanceRow row, HostRow home) {
        GroupLimits.againstStart(session, row, home).ifPresent(why -> {
            throw new ComputeException(
                    Kind.CONFLICT,
                    "Cannot '" + verb + "' instance " + row.id + " on its home " + home.id + ": " + why
                            + ". Stop or delete those first");
        });
    }
}
