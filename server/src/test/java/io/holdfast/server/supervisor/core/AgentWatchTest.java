package io.holdfast.server.supervisor.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentWatchTest {

    private static final Rules RULES = Rules.hungAfter(Duration.ofSeconds(10));

    private Story story = new Story(RULES);

    @ParameterizedTest
    @CsvSource({"0, 200", "1, 400", "2, 800", "3, 1600", "4, 3200", "5, 6400", "6, 10000", "7, 10000", "1000000, 10000"
    })
    void waitsTwiceAsLongAfterEachFailureUpToTenSeconds(int failures, long millis) {
        assertThat(RULES.backOff(failures)).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void startsTheAgentAtItsFirstLook() {
        story.look(Event.Look.NONE);
        assertThat(story.acts()).containsExactly("Start");
    }

    @Test
    void startsAnAgentThatEndedAgainAfterTheBackOffAndSaysWhy() {
        story.up();
        story.after(3000).ended("exit code 1");
        assertThat(story.told()).contains("exit code 1", "after 3.0 s", "again in 0.2 s");
        story.after(199).look(Event.Look.NONE);
        assertThat(story.acts()).isEmpty();
        story.after(1).look(Event.Look.NONE);
        assertThat(story.acts()).containsExactly("Start");
    }

    @Test
    void anAgentThatEndsYoungAgainAndAgainWaitsLongerUntilItLivesForAMinute() {
        for (String wait : List.of("0.2 s", "0.4 s", "0.8 s", "1.6 s", "3.2 s", "6.4 s", "10.0 s", "10.0 s")) {
            story.up();
            story.after(500).ended("signal 9");
            assertThat(story.told()).contains("again in " + wait);
            story.after(10_000);
        }
        story.up();
        story.lives(60_000);
        story.ended("signal 9");
        assertThat(story.told()).contains("again in 0.2 s").doesNotContain("in a row");
    }

    @Test
    void anAgentThatBeatsIsLeftAlone() {
        story.up();
        story.lives(600_000);
        assertThat(story.acts()).isEmpty();
    }

    @Test
    void anAgentWithoutABeatForTenSecondsIsAskedWhereItHangsThenKilledThenStartedAgain() {
        story.up();
        story.lives(5000);
        story.stands(9900);
        assertThat(story.acts()).isEmpty();
        story.stands(200);
        assertThat(story.acts()).containsExactly("Dump");
        assertThat(story.told()).contains("hangs", "10.");
        story.stands(800);
        assertThat(story.acts()).isEmpty();
        story.stands(200);
        assertThat(story.acts()).containsExactly("Kill");
        story.ended("signal 9");
        story.stands(300);
        assertThat(story.acts()).containsExactly("Start");
    }

    @Test
    void theFirstBeatMayTakeLonger() {
        story.up();
        for (int i = 0; i < 1199; i++) {
            story.after(100).look(Event.Look.NONE);
        }
        assertThat(story.acts()).isEmpty();
        story.after(200).look(Event.Look.NONE);
        assertThat(story.acts()).containsExactly("Dump");
    }

    @Test
    void aHungAgentIsLeftAloneWhereThatIsSwitchedOff() {
        story = new Story(Rules.hungAfter(Duration.ZERO));
        story.up();
        story.stands(3_600_000);
        assertThat(story.acts()).isEmpty();
    }

    /** A host that was frozen for an hour: nobody beat, and nobody looked. */
    @Test
    void whoStoodStillItselfHasMissedNoBeat() {
        story.up();
        story.lives(5000);
        story.after(3_600_000).look(story.beats);
        assertThat(story.acts()).isEmpty();
        story.stands(9800);
        assertThat(story.acts()).isEmpty();
        story.stands(400);
        assertThat(story.acts()).containsExactly("Dump");
    }

    @Test
    void aProcessThatDoesNotDieIsKilledAgainAndAgain() {
        story.up();
        story.lives(1000);
        story.stands(12_000);
        assertThat(story.acts()).containsExactly("Dump", "Kill");
        story.stands(10_500);
        assertThat(story.acts()).containsExactly("Kill", "Kill");
    }

    @Test
    void stopsPolitelyAndAfterTheLimitWithForce() {
        story.up();
        story.lives(1000);
        story.on(new Event.Stop());
        assertThat(story.acts()).containsExactly("Terminate");
        story.stands(31_900);
        assertThat(story.acts()).as("an agent that stops need not beat").isEmpty();
        story.stands(200);
        assertThat(story.acts()).containsExactly("Kill");
        story.ended("signal 9");
        assertThat(story.state.life()).isEqualTo(new Life.Over());
        story.stands(60_000);
        assertThat(story.acts()).isEmpty();
    }

    @Test
    void whatIsStoppedBetweenTwoLivesStaysSo() {
        story.up();
        story.after(100).ended("exit code 1");
        story.on(new Event.Stop());
        assertThat(story.state.life()).isEqualTo(new Life.Over());
        story.stands(60_000);
        assertThat(story.acts()).isEmpty();
    }

    @Test
    void whatIsStoppedWhileItIsKilledForHangingIsNotStartedAgain() {
        story.up();
        story.lives(1000);
        story.stands(10_200);
        assertThat(story.acts()).containsExactly("Dump");
        story.on(new Event.Stop());
        story.stands(1200);
        assertThat(story.acts()).containsExactly("Kill");
        story.ended("signal 9");
        assertThat(story.state.life()).isEqualTo(new Life.Over());
    }

    /** Whatever happens, two lives never overlap, and nothing is killed that was not started. */
    @Test
    void neverStartsASecondAgentBesideTheFirst() {
        for (int seed = 0; seed < 2000; seed++) {
            Random dice = new Random(seed);
            Story walk = new Story(RULES);
            boolean runs = false;
            for (int i = 0; i < 200; i++) {
                Event event = switch (dice.nextInt(20)) {
                    case 0 -> new Event.Stop();
                    case 1, 2, 3 -> runs ? new Event.Ended("exit code 1") : new Event.Look(Event.Look.NONE);
                    default -> new Event.Look(runs && dice.nextBoolean() ? i : Event.Look.NONE);
                };
                if (event instanceof Event.Ended) {
                    runs = false;
                }
                walk.after(dice.nextInt(4000)).on(event);
                for (String act : walk.acts()) {
                    assertThat(act.equals("Start"))
                            .as("seed %d, step %d, %s", seed, i, act)
                            .isEqualTo(!runs);
                    runs = true;
                }
            }
        }
    }

    /** Virtual time, and what was done since it was last asked. */
    private static final class Story {
        private final AgentWatch watch;
        private long nowNanos = -5_000_000_000L;
        private long beats = Event.Look.NONE;
        private final List<Command> done = new ArrayList<>();
        private AgentWatch.State state;

        Story(Rules rules) {
            watch = new AgentWatch(rules);
            state = AgentWatch.State.begin(nowNanos);
        }

        void up() {
            beats = Event.Look.NONE;
            look(beats);
            assertThat(acts()).containsExactly("Start");
        }

        Story after(long millis) {
            nowNanos += millis * 1_000_000;
            return this;
        }

        void on(Event event) {
            AgentWatch.Step step = watch.step(state, event, nowNanos);
            state = step.next();
            done.addAll(step.commands());
        }

        void look(long seen) {
            on(new Event.Look(seen));
        }

        void ended(String why) {
            done.clear();
            on(new Event.Ended(why));
        }

        /** It beats. */
        void lives(long millis) {
            for (long t = 0; t < millis; t += 500) {
                after(500).look(++beats);
            }
        }

        /** It is looked at and does not beat. */
        void stands(long millis) {
            for (long t = 0; t < millis; t += 100) {
                after(100).look(beats);
            }
        }

        List<String> acts() {
            List<String> acts = done.stream()
                    .filter(command -> !(command instanceof Command.Tell))
                    .map(command -> command.getClass().getSimpleName())
                    .toList();
            told = said();
            done.clear();
            return acts;
        }

        private String told = "";

        /** What was said up to the last question. */
        String told() {
            String now = said();
            return now.isEmpty() ? told : now;
        }

        private String said() {
            StringBuilder said = new StringBuilder();
            for (Command command : done) {
                if (command instanceof Command.Tell(boolean _, String text)) {
                    said.append(text).append('\n');
                }
            }
            return said.toString();
        }
    }
}
