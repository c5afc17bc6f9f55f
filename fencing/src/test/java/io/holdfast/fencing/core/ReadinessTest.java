package io.holdfast.fencing.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceCheck.Finding;
import io.holdfast.fencing.FenceCheck.Grade;
import io.holdfast.fencing.FenceCheck.Subject;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.FenceReadiness.Notice;
import io.holdfast.fencing.FenceReadiness.State;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReadinessTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final Duration INTERVAL = Duration.ofMinutes(10);

    /** What a rehearsal can find, for the table. */
    enum Found {
        WORKS,
        FAILS,
        NONE;

        FenceCheck check(Instant at) {
            return switch (this) {
                case WORKS -> new FenceCheck(at, List.of(level(Grade.FAIL), level(Grade.WARN, Grade.OK)));
                case FAILS -> new FenceCheck(at, List.of(level(Grade.FAIL), level(Grade.OK, Grade.FAIL)));
                case NONE -> new FenceCheck(at, List.of());
            };
        }

        private static FenceCheck.Level level(Grade... devices) {
            List<FenceCheck.Device> all = new ArrayList<>();
            for (Grade each : devices) {
                all.add(new FenceCheck.Device(
                        "d" + all.size(),
                        List.of(
                                new Finding(Subject.POWER, Grade.OK, "on", Duration.ZERO),
                                new Finding(Subject.RIGHTS, each, "as told", Duration.ZERO))));
            }
            return new FenceCheck.Level(all);
        }
    }

    @ParameterizedTest
    @CsvSource({
        ", WORKS, READY, ",
        "READY, WORKS, READY, ",
        "DOUBTED, WORKS, READY, ",
        "UNREADY, WORKS, READY, READY",
        ", FAILS, DOUBTED, ",
        "READY, FAILS, DOUBTED, ",
        "DOUBTED, FAILS, UNREADY, UNREADY",
        "UNREADY, FAILS, UNREADY, ",
        ", NONE, UNREADY, UNREADY",
        "READY, NONE, UNREADY, UNREADY",
        "DOUBTED, NONE, UNREADY, UNREADY",
        "UNREADY, NONE, UNREADY, "
    })
    void eachRowOfTheTable(@Nullable State before, Found found, State after, @Nullable Notice told) {
        FenceReadiness.Step step = Readiness.step(remembered(before), H1, found.check(NOW));

        assertThat(step.next().state()).isEqualTo(after);
        assertThat(step.notice()).isEqualTo(told);
        assertThat(step.next().check()).isEqualTo(found.check(NOW));
        assertThat(step.next().since()).isEqualTo(before == after ? NOW.minusSeconds(60) : NOW);
    }

    private static @Nullable FenceReadiness remembered(@Nullable State state) {
        return state == null
                ? null
                : new FenceReadiness(H1, state, NOW.minusSeconds(60), Found.WORKS.check(NOW.minusSeconds(30)));
    }

    /** Against two sentences: unready after no device or two failures in a row, ready after one success. */
    @Property
    void operatorsAreToldInTurnAndNeverOfASingleFailure(@ForAll @Size(max = 40) List<Found> all) {
        @Nullable FenceReadiness known = null;
        boolean unready = false;
        int failures = 0;
        Instant at = NOW;
        for (Found found : all) {
            at = at.plusSeconds(30);
            FenceReadiness.Step step = Readiness.step(known, H1, found.check(at));
            failures = found == Found.WORKS ? 0 : failures + 1;
            boolean now = failures > 0 && (unready || found == Found.NONE || failures > 1);
            Notice due = now == unready ? null : now ? Notice.UNREADY : Notice.READY;

            assertThat(step.notice()).isEqualTo(due);
            assertThat(step.next().state() == State.UNREADY).isEqualTo(now);
            unready = now;
            known = step.next();
        }
    }

    @Test
    void whyNoLevelWorksNamesTheFirstOfTheWorstOfEachDeviceInTrouble() {
        assertThat(Found.FAILS.check(NOW).trouble()).isEqualTo("d0: as told; d1: as told");
        assertThat(Found.NONE.check(NOW).trouble()).isEqualTo("no fence device is configured for it");
        assertThat(Found.WORKS.check(NOW).trouble()).isEmpty();
    }

    @Property
    void theNextRehearsalIsAboutAnIntervalAwayAndSoonIfInDoubt(@ForAll @DoubleRange(min = 0, max = 1) double dice) {
        assertThat(Readiness.pause(State.READY, INTERVAL, dice))
                .isBetween(Duration.ofMinutes(9), Duration.ofMinutes(11));
        assertThat(Readiness.pause(State.UNREADY, INTERVAL, dice))
                .isBetween(Duration.ofMinutes(9), Duration.ofMinutes(11));
        assertThat(Readiness.pause(State.DOUBTED, INTERVAL, dice)).isEqualTo(Readiness.AGAIN);
        assertThat(Readiness.pause(State.DOUBTED, Duration.ofSeconds(10), dice))
                .as("never later than without doubt")
                .isLessThanOrEqualTo(Duration.ofSeconds(11));
    }

    @Test
    void whatIsKnownGetsOldAfterThreeIntervalsOrADayWithoutAny() {
        assertThat(Readiness.old(NOW, NOW.plus(Duration.ofMinutes(30)), INTERVAL))
                .isFalse();
        assertThat(Readiness.old(NOW, NOW.plus(Duration.ofMinutes(31)), INTERVAL))
                .isTrue();
        assertThat(Readiness.old(NOW, NOW.plus(Duration.ofHours(23)), Duration.ZERO))
                .isFalse();
        assertThat(Readiness.old(NOW, NOW.plus(Duration.ofHours(25)), Duration.ZERO))
                .isTrue();
    }
}
