package io.holdfast.server.agent.health.core;

import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Grade;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What is held of the host.
 *
 * @param held by aspect; one that was never measured is not in it
 * @param clock the wall clock less the monotonic one, as it was lately, oldest first
 */
public record HealthState(Map<Aspect, Held> held, List<Sample> clock) {

    public HealthState {
        held = Map.copyOf(held);
        clock = List.copyOf(clock);
    }

    /** Nothing was measured yet. */
    public static HealthState empty() {
        return new HealthState(Map.of(), List.of());
    }

    /**
     * What is held of one aspect.
     *
     * @param grade what is said
     * @param detail of the last measure
     * @param sinceNanos since when the grade is said
     * @param measuredNanos when it was measured last
     * @param recent what the last measures came to, newest last; as many as a change may need
     */
    public record Held(Grade grade, String detail, long sinceNanos, long measuredNanos, List<Grade> recent) {
        public Held {
            recent = List.copyOf(recent);
        }
    }

    /** One look at the clocks. */
    public record Sample(long atNanos, Duration wallMinusMonotonic) {}
}
