package io.holdfast.chaos.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.logging.Logging;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Plays every scenario that ships with the product. */
final class ShippedScenariosTest {

    private static final List<Scenario> ALL = ScenarioLoader.load(ShippedScenarios.directory());

    @BeforeAll
    static void failuresByTheHundredAreNoNews() {
        Logging.silence();
    }

    @Test
    void thereAreAtLeastSixty() {
        assertThat(ALL).hasSizeGreaterThanOrEqualTo(60);
    }

    @TestFactory
    Stream<DynamicTest> readsAndEndsAsExpected() {
        return ALL.stream()
                .map(scenario -> DynamicTest.dynamicTest(scenario.name(), () -> {
                    Outcome outcome = new ScenarioRunner(scenario).play();
                    assertThat(outcome.violations()).isEmpty();
                    assertThat(outcome.differences()).isEmpty();
                }));
    }

    @TestFactory
    Stream<DynamicTest> endsAsExpectedWithOtherDelays() {
        return ALL.stream()
                .map(scenario -> DynamicTest.dynamicTest(scenario.name(), () -> {
                    Outcome outcome = new ScenarioRunner(scenario.withSeed(2)).play();
                    assertThat(outcome.violations()).isEmpty();
                    assertThat(outcome.differences()).allMatch(difference -> difference.startsWith(Judge.STORY));
                }));
    }

    @Test
    void tellsTheSameStoryTwice() {
        for (Scenario scenario : ALL.subList(0, 5)) {
            assertThat(new ScenarioRunner(scenario).play().story())
                    .isEqualTo(new ScenarioRunner(scenario).play().story());
        }
    }
}
