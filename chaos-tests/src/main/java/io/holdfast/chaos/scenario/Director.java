package io.holdfast.chaos.scenario;

import io.holdfast.chaos.scenario.TimedEvent.At;
import io.holdfast.chaos.scenario.TimedEvent.CaseIs;
import io.holdfast.chaos.scenario.TimedEvent.Condition;
import io.holdfast.chaos.scenario.TimedEvent.Later;
import io.holdfast.chaos.scenario.TimedEvent.MoveIs;
import io.holdfast.chaos.scenario.TimedEvent.Once;
import io.holdfast.chaos.scenario.TimedEvent.Powered;
import io.holdfast.chaos.scenario.TimedEvent.Runs;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the lines of a scenario happen, each at its moment and none before the one above it.
 *
 * <p>Whoever owns the time calls {@link #look} after everything that happened. A condition counts as soon as it is true,
 * and also when it was true for no longer than one event of the world: what came true since the line above is remembered.
 */
final class Director {

    private final List<TimedEvent> events;
    private final Observed seen;
    private final Consumer<TimedEvent> act;
    private int next;
    private int factsBefore;
    private Duration previous = Duration.ZERO;
    private @Nullable Duration due;

    Director(List<TimedEvent> events, Observed seen, Consumer<TimedEvent> act) {
        this.events = events;
        this.seen = seen;
        this.act = act;
    }

    /** Lets everything happen that is due; says when the next line is, or null if that is not known yet. */
    @Nullable
    Duration look(Duration now) {
        while (next < events.size()) {
            TimedEvent event = events.get(next);
            Duration at = due == null ? moment(event, now) : due;
            if (at == null) {
                return null;
            }
            due = at;
            if (now.compareTo(at) < 0) {
                return at;
            }
            next++;
            due = null;
            previous = now;
            // What follows from this very line counts for the next one; what was before it does not.
            factsBefore = seen.facts().size();
            act.accept(event);
        }
        return null;
    }

    /** The line that is waited for, or null when all have happened. */
    @Nullable
    TimedEvent waiting() {
        return next < events.size() ? events.get(next) : null;
    }

    private @Nullable Duration moment(TimedEvent event, Duration now) {
        return switch (event.moment()) {
            case At at -> at.sinceStart();
            case Later later -> previous.plus(later.sincePrevious());
            case Once once -> isTrue(once.condition()) ? now.plus(once.then()) : null;
        };
    }

    private boolean isTrue(Condition condition) {
        List<String> since = seen.facts().subList(factsBefore, seen.facts().size());
        return switch (condition) {
            case CaseIs(HostId host, String phase) ->
                phase.equals(seen.cases().get(host.value()))
                        || Facts.cameTrue(Facts.caseIs(host.value(), phase), since);
            case MoveIs(String instance, String state) ->
                state.equals(seen.moves().get(instance)) || Facts.cameTrue(Facts.caseIs(instance, state), since);
            case Runs(String instance, HostId host) -> {
                var homes = seen.history(instance).homes();
                yield host == null
                        ? !homes.isEmpty() || Facts.cameTrue(instance + " " + Facts.STARTS, since)
                        : homes.contains(host.value()) || Facts.cameTrue(Facts.starts(instance, host.value()), since);
            }
            case Powered(HostId host, boolean on) ->
                seen.powered().contains(host.value()) == on || Facts.cameTrue(Facts.power(host.value(), on), since);
        };
    }
}
