package io.holdfast.fencing.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceCheck.Finding;
import io.holdfast.fencing.FenceCheck.Grade;
import io.holdfast.fencing.FenceCheck.Subject;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FindingsTest {

    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final Duration CALL = Duration.ofSeconds(3);

    @ParameterizedTest
    @CsvSource({
        "ON, true, OK",
        "ON, false, OK",
        "OFF, false, OK",
        "OFF, true, FAIL",
        "UNKNOWN, true, FAIL",
        "UNKNOWN, false, FAIL"
    })
    void whatTheDeviceSaysOfThePowerIsLaidBesideTheOtherSignals(PowerState said, boolean alive, Grade grade) {
        Finding power =
                Findings.of(reading(said, 5), List.of(), NOW, alive, CALL).getFirst();

        assertThat(power.subject()).isEqualTo(Subject.POWER);
        assertThat(power.grade()).isEqualTo(grade);
        assertThat(power.text()).contains("as it was said");
    }

    @ParameterizedTest
    @CsvSource({"0, OK", "1500, OK", "1501, WARN", "2999, WARN"})
    void aReadingThatTakesMoreThanHalfOfACallIsSlow(long millis, Grade grade) {
        assertThat(Findings.of(reading(PowerState.ON, millis), List.of(), NOW, true, CALL))
                .filteredOn(each -> each.subject() == Subject.LATENCY)
                .extracting(Finding::grade)
                .containsExactly(grade);
    }

    @Test
    void silenceHasNoLatency() {
        assertThat(Findings.of(reading(PowerState.UNKNOWN, 3000), List.of(), NOW, true, CALL))
                .extracting(Finding::subject)
                .containsExactly(Subject.POWER);
    }

    @ParameterizedTest
    @CsvSource({"GRANTED, OK", "DENIED, FAIL", "DOUBTFUL, WARN", "UNTOLD, UNTOLD"})
    void rightsAreGradedByWhatTheDeviceSaysOfThem(DeviceFact.Rights.Answer answer, Grade grade) {
        assertThat(Findings.of(new DeviceFact.Rights(answer, "x", CALL), NOW))
                .isEqualTo(new Finding(Subject.RIGHTS, grade, "x", CALL));
    }

    @ParameterizedTest
    @CsvSource({
        "0, OK, within 1 s of ours",
        "299, OK, within 300 s of ours",
        "-299, OK, within 300 s of ours",
        "300, WARN, is 5 minutes ahead of ours (2026-11-28T12:05:00Z)",
        "-3600, WARN, is 60 minutes behind ours (2026-11-28T11:00:00Z)",
        "7200, WARN, is 2 hours ahead of ours (2026-11-28T14:00:00Z)",
        "-864000, WARN, is 10 days behind ours (2026-11-18T12:00:00Z)"
    })
    void aClockIsLaidBesideOurs(long seconds, Grade grade, String text) {
        Finding clock = Findings.of(new DeviceFact.Clock(NOW.plusSeconds(seconds), "x", CALL), NOW);

        assertThat(clock.grade()).isEqualTo(grade);
        assertThat(clock.text()).isEqualTo(text);
    }

    @Test
    void noClockIsNoFault() {
        assertThat(Findings.of(new DeviceFact.Clock(null, "has none", CALL), NOW))
                .isEqualTo(new Finding(Subject.CLOCK, Grade.UNTOLD, "has none", CALL));
    }

    @Test
    void aDeviceThatSaysItIsNotWellFailsAndOneThatSaysNothingMoreIsWorthALook() {
        assertThat(Findings.of(new DeviceFact.Contact(true, "done", CALL), NOW).grade())
                .isEqualTo(Grade.OK);
        assertThat(Findings.of(new DeviceFact.Contact(false, "trouble", CALL), NOW)
                        .grade())
                .isEqualTo(Grade.FAIL);
        assertThat(Findings.of(new DeviceFact.Silence("late", CALL), NOW).grade())
                .isEqualTo(Grade.WARN);
    }

    private static PowerReading reading(PowerState state, long millis) {
        return new PowerReading(state, "as it was said", Duration.ofMillis(millis));
    }
}
