package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatientProbeTest {

    private static final Duration INTERVAL = Duration.ofMillis(40);
    private static final HostRegistration WHERE = new HostRegistration(
            HostId.of("h1"), SegmentId.of("s"), "z", "b", "a", "192.0.2.1", 1, new Resources(1, 1, 1));

    private final AtomicInteger calls = new AtomicInteger();

    /** Each call gives the next of the words; {@code LOST} is heard of only when its time is over. */
    private Reachability call(int intervals, String... words) {
        Queue<String> script = new ConcurrentLinkedQueue<>(List.of(words));
        HostProbe single = (where, deadline) -> {
            calls.incrementAndGet();
            String word = script.poll();
            if (word == null || word.equals("LOST")) {
                hearNothing(deadline);
                return Reachability.SILENT;
            }
            if (word.equals("BREAKS")) {
                throw new IllegalStateException("broken");
            }
            return Reachability.valueOf(word);
        };
        return new PatientProbe(single, INTERVAL).call(WHERE, INTERVAL.multipliedBy(intervals));
    }

    private static void hearNothing(Duration time) {
        try {
            // Nobody ever counts down: the deadline passes.
            assertThat(new CountDownLatch(1).await(time.toNanos(), TimeUnit.NANOSECONDS))
                    .isFalse();
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, ANSWERED, ANSWERED",
        "1, SILENT, SILENT",
        "1, UNKNOWN, UNKNOWN",
        "1, BREAKS, UNKNOWN",
        "4, LOST REFUSED, REFUSED",
        "4, LOST LOST ACCEPTED, ACCEPTED",
        "3, LOST LOST LOST, SILENT",
        "2, MUTE MUTE, MUTE",
        "2, SILENT MUTE, MUTE",
        "2, MUTE UNKNOWN, UNKNOWN",
        "2, BREAKS ANSWERED, ANSWERED",
    })
    void believesTheFirstThatSpeaks(int intervals, String words, Reachability expected) {
        assertThat(call(intervals, words.split(" "))).isEqualTo(expected);
    }

    @Test
    void callsOnceWithinOneInterval() {
        assertThat(call(1, "LOST")).isEqualTo(Reachability.SILENT);
        assertThat(calls).hasValue(1);
    }

    @Test
    void callsAsOftenAsIntervalsFit() {
        assertThat(call(4, "LOST", "LOST", "LOST", "LOST")).isEqualTo(Reachability.SILENT);
        assertThat(calls).hasValueBetween(2, 4);
    }

    @Test
    void aCallThatWouldHaveNoTimeIsNotMade() {
        HostProbe single = (where, deadline) -> {
            calls.incrementAndGet();
            hearNothing(deadline);
            return Reachability.SILENT;
        };
        Duration littleMore = INTERVAL.multipliedBy(2).plus(INTERVAL.dividedBy(4));
        assertThat(new PatientProbe(single, INTERVAL).call(WHERE, littleMore)).isEqualTo(Reachability.SILENT);
        assertThat(calls.get()).isLessThanOrEqualTo(2);
    }

    @Test
    void whoIsInterruptedHasHeardNothing() {
        Thread.currentThread().interrupt();
        assertThat(call(4, "LOST")).isEqualTo(Reachability.UNKNOWN);
        assertThat(Thread.interrupted()).isTrue();
    }
}
