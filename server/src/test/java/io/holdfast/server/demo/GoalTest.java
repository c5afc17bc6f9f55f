package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class GoalTest {

    @ParameterizedTest
    @CsvSource({"50, 20, 2", "90, 30, 1", "99, 30, 1"})
    void aGoalIsMetAtItsLimitAndMissedAboveIt(int percentile, long measured, int overByOneLess) {
        Legs legs = new Legs();
        for (double millis : List.of(30.0, 10.0, 20.0)) {
            legs.add(Map.of("told", millis));
        }
        assertThat(Goal.of("told", percentile, measured).judge(legs, 3))
                .isEqualTo(new Goal.Outcome("told", percentile, measured, measured, percentile == 50 ? 1 : 0, true));
        assertThat(Goal.of("told", percentile, measured - 1).judge(legs, 3))
                .isEqualTo(new Goal.Outcome("told", percentile, measured - 1, measured, overByOneLess, false));
    }

    @Test
    void aRunThatDidNotGetThereMissesTheGoalHoweverFastTheOthersWere() {
        Legs legs = new Legs();
        legs.add(Map.of("told", 1.0));
        legs.add(Map.of());
        assertThat(Goal.of("told", 50, 1_000).judge(legs, 2))
                .isEqualTo(new Goal.Outcome("told", 50, 1_000, 1, 1, false));
        assertThat(Goal.of("verdict", 50, 1_000).judge(legs, 2))
                .isEqualTo(new Goal.Outcome("verdict", 50, 1_000, -1, 2, false));
    }

    @Test
    void withoutARunNoGoalIsMet() {
        assertThat(Goal.of("told", 99, 1_000).judge(new Legs(), 0))
                .isEqualTo(new Goal.Outcome("told", 99, 1_000, -1, 0, false));
    }

    @Test
    void theNinetyNinthPercentileOfAHundredRunsLeavesTheSlowestOut() {
        Legs legs = new Legs();
        for (int run = 1; run <= 100; run++) {
            legs.add(Map.of("told", (double) run));
        }
        assertThat(legs.summary().get("told")).isEqualTo(new Legs.Leg(100, 1, 50, 90, 99, 100));
        assertThat(Goal.of("told", 99, 99).judge(legs, 100)).isEqualTo(new Goal.Outcome("told", 99, 99, 99, 1, true));
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void eachFailureHasAGoalAndSaysWhatItIs(Failure failure) {
        assertThat(failure.goals()).isNotEmpty().extracting(Goal::leg).doesNotHaveDuplicates();
        assertThat(failure.chapter("h1")).contains("h1");
    }

    @Test
    void aLegThatNobodyMeasuresIsNoGoal() {
        assertThatThrownBy(() -> Goal.of("lunch", 50, 1)).hasMessageContaining("lunch");
    }
}
