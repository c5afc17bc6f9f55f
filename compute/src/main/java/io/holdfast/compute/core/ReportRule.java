package io.holdfast.compute.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import org.jspecify.annotations.Nullable;

/**
 * What an agent's report changes.
 *
 * <p>Intuition: only the present home speaks for an instance, only about the present generation, and only while we
 * believe the home at all. Everything else is an echo from the past, and is dropped; but a home that has seen a later
 * generation than we know, and does not run the instance, tells us that we are wrong to believe it does.
 *
 * <p>A guest that shut itself down had an owner inside who wanted that: its goal becomes STOPPED, or the next failure of
 * the host would start what its owner had ended. That conclusion is drawn only from a host that serves: a host that is
 * just joining reports "stopped" for everything that its reboot has ended.
 *
 * <p>What is paused or suspended and reported STOPPED has lost its memory: its goal becomes STOPPED, whatever its home was
 * doing, because no home could bring that memory back, and nothing that its owner had halted may begin to run by itself.
 *
 * <p>Deleted is final, and only an owner's goal leads there: a report can confirm a deletion, never cause one.
 */
public final class ReportRule {

    private ReportRule() {}

    public static Outcome apply(Known known, HostId from, HostState fromState, InstanceReport report) {
        if (!from.equals(known.home())) {
            return new Outcome.Ignored("its home is " + known.home() + ", not " + from);
        }
        if (fromState == HostState.CONDEMNED || fromState == HostState.FENCED) {
            return new Outcome.Ignored(from + " stands condemned; its reports count for nothing");
        }
        if (!report.generation().equals(known.generation())) {
            if (knowsLater(known, fromState, report)) {
                return new Outcome.Changed(new Known(
                        known.home(),
                        known.generation(),
                        known.goal(),
                        ActualState.UNKNOWN,
                        false,
                        known.task(),
                        null));
            }
            return new Outcome.Ignored("generation " + report.generation() + " is not " + known.generation());
        }
        if (known.actual() == ActualState.DELETED && report.actual() != ActualState.DELETED) {
            return new Outcome.Ignored("it is deleted, and what is deleted does not come back");
        }
        // Only an owner deletes. A home that has lost an instance which its owner still wants has failed it.
        boolean lost = report.actual() == ActualState.DELETED && known.goal() != InstanceGoal.DELETED;
        ActualState actual = lost ? ActualState.FAILED : report.actual();
        boolean converged = converged(known.goal(), actual);
        InstanceGoal goal =
                ownWish(known, actual, fromState) || over(known, actual) ? InstanceGoal.STOPPED : known.goal();
        String task = converged || actual == ActualState.FAILED || goal != known.goal() ? null : known.task();
        // As it was said, and not kept from earlier reports: of a guest that died and was started again in between, the
        // home may tell no more than that it runs.
        Known next = new Known(
                known.home(),
                known.generation(),
                goal,
                actual,
                report.cameUp(),
                task,
                fault(actual, lost, from, report.detail()));
        return next.equals(known) ? new Outcome.Unchanged() : new Outcome.Changed(next);
    }

    /**
     * A withdrawal tells a home "not running" at the next generation. One that is taken for lost can reach its home after
     * the instance was seen running there and the case closed: the guest is stopped, the row still says that it runs, and
     * nobody would ever look again. So the row forgets what it believed; the goal is then told once more, the agent answers
     * that it knows a later one, and the generation is raised above it.
     */
    private static boolean knowsLater(Known known, HostState fromState, InstanceReport report) {
        return known.generation().isOlderThan(report.generation())
                && fromState == HostState.SERVING
                && known.goal() == InstanceGoal.RUNNING
                && known.actual() == ActualState.RUNNING
                && report.actual() != ActualState.RUNNING;
    }

    private static boolean ownWish(Known known, ActualState actual, HostState from) {
        return known.goal() == InstanceGoal.RUNNING
                && known.actual() == ActualState.RUNNING
                && actual == ActualState.STOPPED
                && from == HostState.SERVING;
    }

    /** What was held had its memory in its guest alone. Without either there is nothing to hold any more, whoever says so. */
    private static boolean over(Known known, ActualState actual) {
        return (known.goal() == InstanceGoal.PAUSED || known.goal() == InstanceGoal.SUSPENDED)
                && actual == ActualState.STOPPED;
    }

    private static @Nullable String fault(ActualState actual, boolean lost, HostId from, String detail) {
        if (actual != ActualState.FAILED) {
            return null;
        }
        if (!detail.isEmpty()) {
            return detail;
        }
        return lost ? from + " says that it is deleted, which nobody asked for" : "failed on " + from;
    }

    public static boolean converged(InstanceGoal goal, ActualState actual) {
        return switch (goal) {
            case RUNNING -> actual == ActualState.RUNNING;
            case STOPPED -> actual == ActualState.STOPPED;
            case PAUSED -> actual == ActualState.PAUSED;
            case SUSPENDED -> actual == ActualState.SUSPENDED;
            case DELETED -> actual == ActualState.DELETED;
        };
    }

    /** The part of an instance that a report can change, or that decides whether it may. */
    public record Known(
            @Nullable HostId home,
            Generation generation,
            InstanceGoal goal,
            ActualState actual,
            boolean cameUp,
            @Nullable String task,
            @Nullable String fault) {}

    /** What came of a report. */
    public sealed interface Outcome {
        record Changed(Known next) implements Outcome {}

        record Unchanged() implements Outcome {}

        /** Dropped, and why. */
        record Ignored(String reason) implements Outcome {}
    }
}
