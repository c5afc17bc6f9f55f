package io.holdfast.server.agent.health.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How often something may be started again: so many times in any stretch of time of that length.
 *
 * @param startedNanos when it was, within the last stretch, oldest first
 */
public record RestartBudget(List<Long> startedNanos) {

    public static final RestartBudget UNUSED = new RestartBudget(List.of());

    public RestartBudget {
        startedNanos = List.copyOf(startedNanos);
    }

    /** With one start more; empty when there were {@code limit} of them in the last {@code window}. */
    public Optional<RestartBudget> take(long nowNanos, int limit, Duration window) {
        List<Long> recent = new ArrayList<>(startedNanos);
        recent.removeIf(at -> nowNanos - at >= window.toNanos());
        if (recent.size() >= limit) {
            return Optional.empty();
        }
        recent.add(nowNanos);
        return Optional.of(new RestartBudget(recent));
    }
}
