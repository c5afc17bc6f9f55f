package io.holdfast.scheduler.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.scheduler.SchedulerSettings;
import org.junit.jupiter.api.Test;

/** The largest segment whose pairs are looked at one by one; says how long it took, and is right whatever that was. */
class CapacityTimeTest {

    private static final int ROUNDS = 4;

    @Test
    void aHundredAndTwentyEightHostsAndTwoThousandInstances() {
        for (int percent : new int[] {60, 85, 95}) {
            SegmentSnapshot snapshot = LoadedSegment.of(128, 2000, percent);
            StringBuilder micros = new StringBuilder();
            Outlook first = survey(snapshot).outlook();
            for (int round = 0; round < ROUNDS; round++) {
                long begun = System.nanoTime();
                Outlook outlook = survey(snapshot).outlook();
                micros.append(' ').append((System.nanoTime() - begun) / 1000);
                assertThat(outlook).isEqualTo(first);
            }
            assertThat(first.pairs().each()).isTrue();
            assertThat(first.pairs().count()).isEqualTo(8128);
            System.out.println("MEASURED capacity, " + percent + " % of memory used, "
                    + first.pairs().verdict()
                    + ", survivable " + first.pairs().survivable() + ", no "
                    + first.pairs().notSurvivable()
                    + ", not proven " + first.pairs().notProven() + ", microseconds:" + micros);
        }
    }

    private static CapacitySurvey survey(SegmentSnapshot snapshot) {
        return RandomSegment.survey(snapshot, SchedulerSettings.defaults());
    }
}
