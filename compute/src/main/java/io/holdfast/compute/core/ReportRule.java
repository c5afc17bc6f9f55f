package io.holdfast.compute.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an agent's report changes.
 *
 * <p>Intuition: only the present home speaks for an instance, only about the present generation, and only while we
 * believe the home at all. Everything else is an echo from the past, and is dropped.
 *
 * <p>A guest that shut itself down had an owner inside who wanted that: its goal becomes STOPPED, or the next failure of
 * the host would start what its owner had ended. That conclusion is drawn only from a host that serves: a host that is
 * just joining reports "stopped" for everything that its reboot has ended.
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
            return new Outcome.Ignored("generation " + report.generation() + " is not " + known.generation());
        }
        boolean converged = converged(known.goal(), report.actual());
        InstanceGoal goal = known.goal() == InstanceGoal.RUNNING
                        && known.actual() == ActualState.RUNNING
                        && report.actual() == ActualState.STOPPED
                        && fromState == HostState.SERVING
                ? InstanceGoal.STOPPED
                : known.goal();
        String task = converged || report.actual() == ActualState.FAILED || goal != known.goal() ? null : known.task();
        String fault = report.actual() == ActualState.FAILED
                ? (report.detail().isEmpty() ? "failed on " + from : report.detail())
                : null;
        Known next = new Known(known.home(), known.generation(), goal, report.actual(), task, fault);
        return next.equals(known) ? new Outcome.Unchanged() : new Outcome.Changed(next);
    }

    public static boolean converged(InstanceGoal goal, ActualState actual) {
        return switch (goal) {
            case RUNNING -> actual == ActualState.RUNNING;
            case STOPPED -> actual == ActualState.STOPPED;
            case DELETED -> actual == ActualState.DELETED;
        };
    }

    /** The part of an instance that a report can change, or that decides whether it may. */
    public record Known(
            @Nullable HostId home,
            Generation generation,
            InstanceGoal goal,
            ActualState actual,
            @Nullable String task,
            @Nullable String fault) {

        public Optional<HostId> homeIfAny() {
            return Optional.ofNullable(home);
        }
    }

    /** What came of a report. */
    public sealed interface Outcome {
        record Changed(Known next) implements Outcome {}

        record Unchanged() implements Outcome {}

        /** Dropped, and why. */
        record Ignored(String reason) implements Outcome {}
    }
}
