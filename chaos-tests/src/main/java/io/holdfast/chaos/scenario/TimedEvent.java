package io.holdfast.chaos.scenario;

import io.holdfast.model.HostId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code events.txt}.
 *
 * @param line its number, from 1
 * @param text the line as it stands, without its moment; what the story says when it happens
 */
public record TimedEvent(int line, String text, Moment moment, ScenarioEvent event) {

    /** When it happens. Lines happen in their order, so none happens before the one above it. */
    public sealed interface Moment {}

    /** So long after the beginning. */
    public record At(Duration sinceStart) implements Moment {}

    /** So long after the line above it. */
    public record Later(Duration sincePrevious) implements Moment {}

    /** As soon as something is true, and a while after that. */
    public record Once(Condition condition, Duration then) implements Moment {}

    /** Something that can become true. */
    public sealed interface Condition {}

    /** The newest case of a host is in this state, a word of the runbook. */
    public record CaseIs(HostId host, String phase) implements Condition {}

    /** An instance is in this state in a case that is open, a word of the runbook. */
    public record MoveIs(String instance, String state) implements Condition {}

    /**
     * The guest of an instance runs.
     *
     * @param host there, or null for anywhere
     */
    public record Runs(String instance, @Nullable HostId host) implements Condition {}

    /** A host has power, or has none. */
    public record Powered(HostId host, boolean on) implements Condition {}
}
