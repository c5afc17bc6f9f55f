package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SteadyClockTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void goesOnByTheMonotonicClockWhenTheWallClockIsSet() {
        AtomicReference<Instant> wall = new AtomicReference<>(START);
        AtomicLong nanos = new AtomicLong(-7);
        SteadyClock clock = new SteadyClock(wall::get, nanos::get);
        assertThat(clock.instant()).isEqualTo(START);

        nanos.addAndGet(2_000_000_000L);
        wall.set(START.minusSeconds(3600));
        assertThat(clock.instant()).isEqualTo(START.plusSeconds(2));
    }
}
