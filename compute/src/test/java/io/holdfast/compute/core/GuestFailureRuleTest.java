package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.compute.core.GuestFailureRule.Limit;
import io.holdfast.compute.core.GuestFailureRule.Ruling;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GuestFailureRuleTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Limit TWICE_IN_AN_HOUR = new Limit(2, Duration.ofHours(1));

    private static Ruling rule(GuestTerms terms, GuestFailure failure, Instant... before) {
        return GuestFailureRule.rule(terms, failure, List.of(before), NOW, TWICE_IN_AN_HOUR);
    }

    @ParameterizedTest
    @EnumSource(
            value = GuestFailure.class,
            names = {"PANICKED", "LOST", "STOPPED", "SILENT", "UNHEALTHY"})
    void eachFailureIsRestartedWhereTheOwnerSaysSoAndToldElsewhere(GuestFailure failure) {
        GuestTerms only = new GuestTerms(WatchdogAction.DISABLED, Set.of(failure));
        assertThat(rule(only, failure)).isEqualTo(new Ruling(GuestResponse.RESTARTED, List.of(NOW)));
        GuestTerms others = new GuestTerms(
                WatchdogAction.DISABLED, EnumSet.complementOf(EnumSet.of(failure, GuestFailure.WATCHDOG)));
        assertThat(rule(others, failure)).isEqualTo(new Ruling(GuestResponse.TOLD, List.of()));
    }

    @ParameterizedTest
    @EnumSource(WatchdogAction.class)
    void ofAWatchdogOnlyAResetIsARestart(WatchdogAction action) {
        GuestTerms terms = new GuestTerms(action, EnumSet.allOf(GuestFailure.class));
        assertThat(rule(terms, GuestFailure.WATCHDOG).response())
                .isEqualTo(action == WatchdogAction.RESET ? GuestResponse.RESTARTED : GuestResponse.TOLD);
    }

    @Test
    void theLimitCountsAllFailuresOfTheWindowTogetherAndThenAHumanIsAsked() {
        List<Instant> restarts = new ArrayList<>();
        List<GuestResponse> responses = new ArrayList<>();
        for (int minute = 0; minute <= 120; minute += 10) {
            Ruling ruling = GuestFailureRule.rule(
                    GuestTerms.DEFAULT,
                    minute % 20 == 0 ? GuestFailure.PANICKED : GuestFailure.LOST,
                    restarts,
                    NOW.plus(Duration.ofMinutes(minute)),
                    TWICE_IN_AN_HOUR);
            responses.add(ruling.response());
            restarts = new ArrayList<>(ruling.restarts());
            assertThat(restarts).hasSizeLessThanOrEqualTo(2);
        }
        assertThat(responses)
                .containsExactly(
                        GuestResponse.RESTARTED,
                        GuestResponse.RESTARTED,
                        GuestResponse.GIVEN_UP,
                        GuestResponse.GIVEN_UP,
                        GuestResponse.GIVEN_UP,
                        GuestResponse.GIVEN_UP,
                        GuestResponse.RESTARTED,
                        GuestResponse.RESTARTED,
                        GuestResponse.GIVEN_UP,
                        GuestResponse.GIVEN_UP,
                        GuestResponse.GIVEN_UP,
                        GuestResponse.GIVEN_UP,
                        GuestResponse.RESTARTED);
    }

    @Test
    void aClockThatWasSetBackMakesNoRoomForMoreRestarts() {
        assertThat(rule(
                                GuestTerms.DEFAULT,
                                GuestFailure.PANICKED,
                                NOW.plus(Duration.ofDays(1)),
                                NOW.plus(Duration.ofDays(2)))
                        .response())
                .isEqualTo(GuestResponse.GIVEN_UP);
    }

    @Test
    void withALimitOfZeroNothingIsRestarted() {
        assertThat(GuestFailureRule.rule(
                                GuestTerms.DEFAULT,
                                GuestFailure.LOST,
                                List.of(),
                                NOW,
                                new Limit(0, Duration.ofHours(1)))
                        .response())
                .isEqualTo(GuestResponse.GIVEN_UP);
    }
}
