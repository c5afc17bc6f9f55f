package io.holdfast.chaos.bench.alarms;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chaos.bench.Line;
import io.holdfast.chaos.sim.MembershipRules;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.core.MembershipMachine;
import io.holdfast.membership.core.Step;
import io.holdfast.server.logging.Logging;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Faults that are no deaths, in segments of full size: a hundred host hours, or as many as {@code HOLDFAST_FALSE_ALARM_HOURS}
 * says; continuous integration plays four hundred.
 */
class FalseAlarmsTest {

    private static final double USUAL_HOURS = 100;

    @BeforeAll
    static void failuresOnPurposeAreNotLogged() {
        Logging.silence();
    }

    private static FalseAlarms.Outcome play(double hours, Duration each, Supplier<Mutation> mutation) {
        int threads = Runtime.getRuntime().availableProcessors();
        return new FalseAlarms(hours, 1, each, threads, Tuning.usual(), mutation, _ -> {}).run();
    }

    private static Map<String, Line> byName(FalseAlarms.Outcome outcome) {
        return outcome.lines().stream().collect(Collectors.toMap(Line::name, Function.identity()));
    }

    @Test
    void nobodyIsFencedWhoWasNotFaultyAndWhoDiesIsCondemned(TestReporter reporter) {
        double hours = Optional.ofNullable(System.getenv("HOLDFAST_FALSE_ALARM_HOURS"))
                .map(Double::parseDouble)
                .orElse(USUAL_HOURS);
        FalseAlarms.Outcome outcome = play(hours, Duration.ofMinutes(60), Mutation::new);
        Map<String, Line> lines = byName(outcome);
        outcome.lines().forEach(line -> reporter.publishEntry(line.name(), line.measured()));
        List<String> violations = outcome.violations().stream()
                .map(violation -> "seed " + violation.seed() + ": " + violation.invariant() + ": " + violation.what())
                .toList();
        assertThat(violations).isEmpty();
        Line fences = lines.get("fences");
        assertThat(fences.kept()).isTrue();
        assertThat(fences.figures().get("wrongful").asInt()).isZero();
        assertThat(fences.figures().get("died").asInt())
                .as("or nothing was tried")
                .isPositive();
        assertThat(fences.figures().get("hostHours").asDouble()).isGreaterThanOrEqualTo(hours);
        assertThat(lines.get("speed").kept()).as("the same speed").isTrue();
        // The product says nothing of hosts that are well; a plain SWIM member with a bad link accuses them.
        Line well = lines.get("swim-well");
        assertThat(well.figures().get("ratio").asDouble()).isGreaterThanOrEqualTo(50);
        assertThat(well.figures().get("swim").asInt()).isPositive();
    }

    @Test
    void whoTakesASuspicionForAVerdictIsFound() {
        FalseAlarms.Outcome outcome = play(
                20,
                Duration.ofMinutes(20),
                () -> events(event -> {
                    if (event instanceof MembershipEvent.Suspected suspected) {
                        return new MembershipEvent.Lost(
                                suspected.host(), "a suspicion is a verdict", suspected.evidence(), suspected.at());
                    }
                    return event;
                }));
        assertThat(outcome.kept()).isFalse();
        assertThat(byName(outcome).get("fences").figures().get("wrongful").asInt())
                .isPositive();
        assertThat(outcome.violations()).isNotEmpty();
    }

    @Test
    void whoCondemnsNobodyIsFound() {
        FalseAlarms.Outcome outcome = play(
                100,
                Duration.ofMinutes(30),
                () -> events(event -> event instanceof MembershipEvent.Lost lost
                        ? new MembershipEvent.Cleared(lost.host(), lost.evidence(), lost.at())
                        : event));
        assertThat(outcome.kept()).isFalse();
        assertThat(byName(outcome).get("fences").figures().get("missed").asInt())
                .isPositive();
    }

    private static Mutation events(Function<MembershipEvent, MembershipEvent> other) {
        return new Mutation() {
            @Override
            public MembershipRules membershipRules(MembershipMachine real) {
                return (state, observation, now) -> {
                    Step step = real.step(state, observation, now);
                    return new Step(
                            step.next(), step.events().stream().map(other).toList(), step.commands(), step.changes());
                };
            }
        };
    }

    @Test
    void theSameSeedCountsTheSame() {
        AlarmWorld.Result one = AlarmWorld.play(7, Duration.ofMinutes(5), Tuning.usual(), new Mutation());
        AlarmWorld.Result other = AlarmWorld.play(7, Duration.ofMinutes(5), Tuning.usual(), new Mutation());
        assertThat(other).isEqualTo(one);
    }
}
