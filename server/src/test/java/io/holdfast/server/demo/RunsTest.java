package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RunsTest {

    private static final List<HostId> HOSTS = List.of(HostId.of("h1"), HostId.of("h2"), HostId.of("h3"));

    private final StringWriter screen = new StringWriter();
    private final Narrator narrator = Narrator.ofMany(new PrintWriter(screen));

    /** A stage that counts: each telling breaks it, each preparation mends it, and some of both go wrong. */
    private static final class CountedPlay implements Play {
        final List<String> victims = new ArrayList<>();
        final Map<Integer, String> unready = new HashMap<>();
        private final Narrator narrator;
        private final Set<Integer> bad;
        private int prepared;
        private boolean clean;

        private CountedPlay(Narrator narrator, Set<Integer> bad) {
            this.narrator = narrator;
            this.bad = bad;
        }

        @Override
        public void prepare(HostId victim) {
            prepared++;
            String why = unready.get(prepared);
            if (why != null) {
                throw new StoryFailure(why);
            }
            clean = true;
        }

        @Override
        public RunResult tell(int run, HostId victim) {
            assertThat(clean)
                    .as("run %d begins on a stage that is as it was", run)
                    .isTrue();
            clean = false;
            victims.add(victim.value());
            narrator.chapter("The story of run " + run);
            boolean ok = !bad.contains(run);
            return new RunResult(
                    run,
                    victim.value(),
                    ok,
                    List.of(new Check("the story goes on", ok, ok ? "it did" : "the disk was full")),
                    ok ? Map.of("told", 500.0 + run) : Map.of(),
                    List.of());
        }
    }

    @Test
    void hostsFailInTurnAndEachRunHasALine() {
        CountedPlay play = new CountedPlay(narrator, Set.of());
        Report report = all(play, 5);
        assertThat(play.victims).containsExactly("h1", "h2", "h3", "h1", "h2");
        assertThat(screen.toString().lines())
                .containsExactly(
                        "1/5 h1 ok    told 501",
                        "2/5 h2 ok    told 502",
                        "3/5 h3 ok    told 503",
                        "4/5 h1 ok    told 504",
                        "5/5 h2 ok    told 505");
        assertThat(report.ok()).isTrue();
        assertThat(report.ended()).isNull();
    }

    @Test
    void aRunThatFailsIsToldWholeAndTheOthersArePlayed() {
        Report report = all(new CountedPlay(narrator, Set.of(2)), 3);
        assertThat(screen.toString().lines())
                .containsExactly(
                        "1/3 h1 ok    told 501",
                        "",
                        "== The story of run 2",
                        "",
                        "2/3 h2 FAIL  nothing was measured",
                        "3/3 h3 ok    told 503");
        assertThat(report.runs()).hasSize(3);
        assertThat(report.ok()).isFalse();
        assertThat(report.lines()).contains("run 2, h2: the story goes on: the disk was full");
    }

    @Test
    void whatCannotBeMadeAsItWasEndsItWithTheReason() {
        CountedPlay play = new CountedPlay(narrator, Set.of());
        play.unready.put(3, "waited 120 s for all to be as it was; instead: h1 is in quarantine: it failed 3 times");
        Report report = all(play, 5);
        assertThat(report.runs()).hasSize(2);
        assertThat(report.ended())
                .isEqualTo("run 3 was not begun, because the stage was not ready: waited 120 s for all to be as it was;"
                        + " instead: h1 is in quarantine: it failed 3 times");
        assertThat(report.exitCode(false)).isEqualTo(1);
    }

    @Test
    void theTableIsSaidOnceAndNothingAfterIt() {
        Tally tally = new Tally(Failure.POWER, true, 3);
        StringWriter json = new StringWriter();
        Curtain curtain = new Curtain(tally, narrator, new PrintWriter(json));
        tally.add(new RunResult(1, "h1", true, List.of(), Map.of("told", 500.0), List.of()));
        curtain.interrupt();
        String said = screen.toString();
        assertThat(said)
                .contains("1 of 1 run kept every promise; 3 were asked for")
                .contains("interrupted");
        // The run that was under way goes on for a moment, and fails for want of a stage.
        narrator.chapter("The plug of h2 is pulled");
        RunResult late = new RunResult(2, "h2", false, List.of(), Map.of(), List.of());
        tally.add(late);
        narrator.ran(late, 3);
        assertThat(curtain.fall().runs()).hasSize(1);
        assertThat(curtain.fall().exitCode(false)).isEqualTo(1);
        assertThat(screen.toString()).isEqualTo(said);
        assertThat(json.toString().lines()).hasSize(1).first().asString().contains("\"played\":1");
    }

    private Report all(Play play, int count) {
        Tally tally = new Tally(Failure.POWER, true, count);
        new Runs(play, tally, narrator).all(HOSTS);
        return tally.report();
    }
}
