package io.holdfast.fencing.selffence.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SelfFenceTimesTest {

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    @Test
    void theDefaultBoundIsTenSecondsAtMost() {
        assertThat(SelfFenceTimes.defaults().bound())
                .isEqualTo(millis(9008))
                .isLessThanOrEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void theBoundOfAHostIsOfItsOwnTimesAndTheObserversAllowances() {
        assertThat(SelfFenceTimes.bound(Duration.ofSeconds(60), Duration.ofSeconds(5), 0.01, millis(2000)))
                .isEqualTo(millis(125_000 + 1250 + 2000));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3000 | 2000 | 500 | 1000 | 500  | 0.001 | 1000 |
            3000 | 1500 | 500 | 1000 | 1500 | 0     | 100  |
            3000 | 1499 | 500 | 1000 | 500  | 0.001 | 1000 | self-fence.slot-interval + self-fence.slot-deadline (1500ms) must not be above self-fence.licence (1499ms): one slow write would reset the host
            3000 | 2000 | 500 | 1000 | 1501 | 0.001 | 1000 | twice self-fence.pet-interval (3002ms) must not be above self-fence.watchdog-time (3000ms): one late pet would reset the host
            999  | 2000 | 500 | 1000 | 400  | 0.001 | 1000 | self-fence.watchdog-time must be between 1000ms and 3600000ms, is 999ms
            3000 | 2000 | 500 | 1000 | 500  | 0.051 | 1000 | self-fence.drift must be between 0 and 0.05, is 0.051
            3000 | 2000 | 500 | 1000 | 500  | NaN   | 1000 | self-fence.drift must be between 0 and 0.05, is NaN
            3000 | 2000 | 500 | 1000 | 500  | 0.001 | 99   | self-fence.margin must be between 100ms and 300000ms, is 99ms
            3000 | 2000 | 49  | 1000 | 500  | 0.001 | 1000 | self-fence.slot-interval must be between 50ms and 60000ms, is 49ms
            3000 | 2000 | 500 | 49   | 500  | 0.001 | 1000 | self-fence.slot-deadline must be between 50ms and 60000ms, is 49ms
            3000 | 2000 | 500 | 1000 | 19   | 0.001 | 1000 | self-fence.pet-interval must be between 20ms and 60000ms, is 19ms
            """)
    void aWrongRelationIsNamed(
            long watchdog,
            long licence,
            long interval,
            long deadline,
            long pet,
            double drift,
            long margin,
            String said) {
        assertThat(SelfFenceTimes.wrong(
                        millis(watchdog),
                        millis(licence),
                        millis(interval),
                        millis(deadline),
                        millis(pet),
                        drift,
                        millis(margin)))
                .isEqualTo(said == null ? java.util.List.of() : java.util.List.of(said));
    }
}
