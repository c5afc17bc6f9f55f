package io.holdfast.server.agent.health.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

public final class RestartBudgetTest {

    /** The dumb oracle keeps every start and counts. */
    @Property
    void safetyNeverMoreThanTheLimitInAnyStretch(
            @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 20) Integer> pauses,
            @ForAll @IntRange(min = 1, max = 5) int limit,
            @ForAll @IntRange(min = 1, max = 50) int window) {
        RestartBudget budget = RestartBudget.UNUSED;
        List<Long> started = new ArrayList<>();
        // Monotonic time may begin anywhere, also before zero.
        long now = Long.MIN_VALUE / 2;
        for (int pause : pauses) {
            now += pause;
            long at = now;
            long recent = started.stream().filter(each -> at - each < window).count();
            Optional<RestartBudget> taken = budget.take(now, limit, Duration.ofNanos(window));
            assertThat(taken.isPresent()).isEqualTo(recent < limit);
            if (taken.isPresent()) {
                started.add(now);
                budget = taken.get();
            }
            assertThat(budget.startedNanos().size()).isLessThanOrEqualTo(limit);
        }
    }
}
