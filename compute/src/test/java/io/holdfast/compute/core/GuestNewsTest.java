package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestSigns;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestNewsTest {

    private GuestState state = GuestState.NONE;

    private List<String> told(InstanceReport report) {
        GuestNews.News news = GuestNews.of(state, report);
        state = news.next();
        return news.notices().stream().map(GuestNews.Notice::type).toList();
    }

    private static InstanceReport report(
            long generation, ActualState actual, GuestHealth health, @Nullable GuestIncident last) {
        return new InstanceReport(
                InstanceId.of(new UUID(0, 1)),
                Generation.of(generation),
                actual,
                false,
                "",
                Instant.EPOCH,
                new GuestSigns(health, last));
    }

    private static GuestIncident incident(long number, GuestFailure failure, GuestResponse response) {
        return new GuestIncident(number, failure, response, 1, "why", Instant.EPOCH);
    }

    @ParameterizedTest
    @CsvSource({"PANICKED, instance.guest-panicked", "LOST, instance.guest-lost", "STOPPED, instance.guest-stopped"})
    void aGuestThatEndedIsToldOnceAndOnceThatItRunsAgain(GuestFailure failure, String type) {
        GuestIncident one = incident(5, failure, GuestResponse.RESTARTED);
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.UNKNOWN, null)))
                .isEmpty();
        assertThat(told(report(1, ActualState.FAILED, GuestHealth.UNKNOWN, one)))
                .containsExactly(type);
        assertThat(told(report(1, ActualState.FAILED, GuestHealth.UNKNOWN, one)))
                .isEmpty();
        assertThat(told(report(1, ActualState.BUILDING, GuestHealth.UNKNOWN, one)))
                .isEmpty();
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.UNKNOWN, one)))
                .containsExactly("instance.guest-recovered");
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.UNKNOWN, one)))
                .isEmpty();
    }

    @Test
    void whatWasMissedWholeIsToldFromTheNextReport() {
        GuestIncident one = incident(5, GuestFailure.PANICKED, GuestResponse.RESTARTED);
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.UNKNOWN, one)))
                .containsExactly("instance.guest-panicked", "instance.guest-recovered");
    }

    @ParameterizedTest
    @CsvSource({"SILENT, instance.guest-silent", "UNHEALTHY, instance.guest-unhealthy"})
    void aGuestThatRunsAndIsNotWellIsWellAgainWhenItsHeartbeatSaysSo(GuestHealth health, String type) {
        GuestIncident one = incident(5, GuestFailure.valueOf(health.name()), GuestResponse.TOLD);
        assertThat(told(report(1, ActualState.RUNNING, health, one))).containsExactly(type);
        assertThat(told(report(1, ActualState.RUNNING, health, one))).isEmpty();
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.HEALTHY, one)))
                .containsExactly("instance.guest-recovered");
    }

    @Test
    void ofAWatchdogThatBitNothingIsConcludedFromAGuestThatRuns() {
        GuestIncident bite = incident(5, GuestFailure.WATCHDOG, GuestResponse.RESTARTED);
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.UNKNOWN, bite)))
                .containsExactly("instance.guest-watchdog");
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.UNKNOWN, bite)))
                .isEmpty();
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.HEALTHY, bite)))
                .containsExactly("instance.guest-recovered");
    }

    @Test
    void aHumanIsAskedOnceUntilItIsWellAgain() {
        List<String> all = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            all.addAll(told(report(
                    1,
                    ActualState.FAILED,
                    GuestHealth.UNKNOWN,
                    incident(number, GuestFailure.PANICKED, GuestResponse.GIVEN_UP))));
        }
        assertThat(all)
                .containsExactly(
                        "instance.guest-panicked",
                        "instance.needs-operator",
                        "instance.guest-panicked",
                        "instance.guest-panicked");
        GuestIncident last = incident(3, GuestFailure.PANICKED, GuestResponse.GIVEN_UP);
        assertThat(told(report(1, ActualState.RUNNING, GuestHealth.UNKNOWN, last)))
                .containsExactly("instance.guest-recovered");
        assertThat(told(report(
                        1,
                        ActualState.FAILED,
                        GuestHealth.UNKNOWN,
                        incident(4, GuestFailure.PANICKED, GuestResponse.GIVEN_UP))))
                .containsExactly("instance.guest-panicked", "instance.needs-operator");
    }

    @Test
    void anotherHomeCountsFromItsOwnClock() {
        told(report(1, ActualState.FAILED, GuestHealth.UNKNOWN, incident(900, GuestFailure.LOST, GuestResponse.TOLD)));
        assertThat(told(report(
                        2,
                        ActualState.FAILED,
                        GuestHealth.UNKNOWN,
                        incident(7, GuestFailure.LOST, GuestResponse.TOLD))))
                .containsExactly("instance.guest-lost");
        assertThat(told(report(2, ActualState.RUNNING, GuestHealth.UNKNOWN, null)))
                .containsExactly("instance.guest-recovered");
    }
}
