package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ReportTest {

    private static final Check KEPT = new Check("web-1 continues elsewhere", true, "on h2");
    private static final Check BROKEN = new Check("db-1 continues elsewhere", false, "no heartbeat on a new home");

    @Test
    void theTableOfAHundredRunsOfWhichTwoWereSlowAndOneBrokeAPromise() {
        List<RunResult> runs = new ArrayList<>();
        for (int run = 1; run <= 100; run++) {
            double told = run > 98 ? 1_500.4 : 400 + run;
            runs.add(
                    run == 57
                            ? new RunResult(run, "h3", false, List.of(KEPT, BROKEN), Map.of("told", told), List.of())
                            : run(run, Map.of("told", told, "verdict", 600.0, "firstHeartbeat", 1_300.0 + run)));
        }
        Report report = report(Failure.POWER, 100, runs, null);
        assertThat(report.lines())
                .containsExactly(
                        "since the failure, in ms runs    min    p50    p90    p99    max      goal over",
                        "owner told: suspected     100    401    450    490   1500   1500  p99 1000    2",
                        "host condemned             99    600    600    600    600    600  p99 1500    1",
                        "first guest beats anew     99   1301   1350   1391   1400   1400  p50 5000    1",
                        "all four guests beat        0      -      -      -      -      -  p50 8000  100",
                        "",
                        "MISSED: owner told: suspected, goal p99 1000 ms; it is 1500, 2 over it or never there",
                        "MISSED: host condemned, goal p99 1500 ms; it is 600, 1 over it or never there",
                        "MISSED: first guest beats anew, goal p50 5000 ms; it is 1350, 1 over it or never there",
                        "MISSED: all four guests beat, goal p50 8000 ms; no run got there, 100 over it or never there",
                        "run 57, h3: db-1 continues elsewhere: no heartbeat on a new home",
                        "99 of 100 runs kept every promise");
        assertThat(report.exitCode(false)).isEqualTo(1);
    }

    @Test
    void goalsThatWereMetAreSaidToBe() {
        Report report = report(
                Failure.AGENT,
                2,
                List.of(run(1, Map.of("degraded", 900.0)), run(2, Map.of("degraded", 7_000.0))),
                null);
        assertThat(report.lines())
                .contains(
                        "owner told: degraded        2    900    900   7000   7000   7000  p99 7000    0",
                        "every goal was met",
                        "2 of 2 runs kept every promise");
        assertThat(report.exitCode(true)).isZero();
    }

    @Test
    void aMissedGoalFailsOnlyWhoAskedForGoals() {
        Report report = report(Failure.AGENT, 1, List.of(run(1, Map.of("degraded", 7_001.0))), null);
        assertThat(report.exitCode(false)).isZero();
        assertThat(report.exitCode(true)).isEqualTo(1);
    }

    @Test
    void runsThatWereNotPlayedAreNotKept() {
        Report report = report(Failure.AGENT, 3, List.of(run(1, Map.of("degraded", 900.0))), "interrupted");
        assertThat(report.ok()).isFalse();
        assertThat(report.exitCode(false)).isEqualTo(1);
        assertThat(report.lines()).endsWith("1 of 1 run kept every promise; 3 were asked for", "interrupted");
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void nobodysTableIsWiderThanAScreenWhateverIsMeasured(Failure failure) {
        Map<String, Double> slow = new java.util.HashMap<>();
        Legs.NAMES.forEach(leg -> slow.put(leg, 180_000.0));
        List<RunResult> runs =
                IntStream.rangeClosed(1, 1_000).mapToObj(run -> run(run, slow)).toList();
        Report report = report(failure, 1_000, runs, null);
        StringWriter screen = new StringWriter();
        Narrator.ofMany(new PrintWriter(screen)).end(report.lines());
        assertThat(screen.toString().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(report.lines().stream().filter(line -> line.contains(" 180000 ")))
                .hasSize(Legs.NAMES.size());
    }

    @Test
    void aRunHasOneLineHoweverSlowItWas() {
        Map<String, Double> slow = new java.util.LinkedHashMap<>();
        List.of("told", "verdict", "fenced", "firstHeartbeat", "allHeartbeats").forEach(leg -> slow.put(leg, 89_999.0));
        StringWriter screen = new StringWriter();
        Narrator.ofMany(new PrintWriter(screen)).ran(run(99, slow), 100);
        assertThat(screen.toString().lines())
                .containsExactly(" 99/100 h1 ok    told 89999, verdict 89999, fenced 89999, first 89999, all 89999");
    }

    @Test
    void programsGetEveryRun() {
        Report report = report(
                Failure.AGENT, 4, List.of(run(1, Map.of("degraded", 900.0)), run(2, Map.of())), "run 3 was not begun");
        var json = report.json();
        assertThat(json.path("ok").asBoolean()).isFalse();
        assertThat(json.path("goalsMet").asBoolean()).isFalse();
        assertThat(json.path("requested").asInt()).isEqualTo(4);
        assertThat(json.path("played").asInt()).isEqualTo(2);
        assertThat(json.path("ended").asText()).isEqualTo("run 3 was not begun");
        assertThat(json.at("/runs/0/legs/degraded").asDouble()).isEqualTo(900.0);
        assertThat(json.at("/legs/degraded/p99Millis").asDouble()).isEqualTo(900.0);
        assertThat(json.at("/goals/0/over").asInt()).isEqualTo(1);
    }

    private static RunResult run(int number, Map<String, Double> legs) {
        return new RunResult(number, "h1", true, List.of(KEPT), legs, List.of());
    }

    private static Report report(Failure failure, int requested, List<RunResult> runs, @Nullable String ended) {
        return new Report(failure, true, requested, runs, ended);
    }
}
