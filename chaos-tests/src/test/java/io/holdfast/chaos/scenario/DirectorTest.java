package io.holdfast.chaos.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chaos.scenario.TimedEvent.At;
import io.holdfast.chaos.scenario.TimedEvent.CaseIs;
import io.holdfast.chaos.scenario.TimedEvent.Condition;
import io.holdfast.chaos.scenario.TimedEvent.Later;
import io.holdfast.chaos.scenario.TimedEvent.Moment;
import io.holdfast.chaos.scenario.TimedEvent.MoveIs;
import io.holdfast.chaos.scenario.TimedEvent.Once;
import io.holdfast.chaos.scenario.TimedEvent.Powered;
import io.holdfast.chaos.scenario.TimedEvent.Runs;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DirectorTest {

    private static final HostId H1 = HostId.of("h1");

    private final Observed seen = new Observed();
    private final List<String> happened = new ArrayList<>();
    private final List<TimedEvent> lines = new ArrayList<>();

    @Test
    void linesHappenAtTheirTimes() {
        line("a", new At(seconds(10)));
        line("b", new Later(seconds(5)));
        Director director = director();
        assertThat(director.look(seconds(0))).isEqualTo(seconds(10));
        assertThat(happened).isEmpty();
        assertThat(director.look(seconds(10))).isEqualTo(seconds(15));
        assertThat(happened).containsExactly("a");
        assertThat(director.look(seconds(15))).isNull();
        assertThat(happened).containsExactly("a", "b");
        assertThat(director.waiting()).isNull();
    }

    @Test
    void noLineHappensBeforeTheOneAboveIt() {
        line("a", when(new CaseIs(H1, "FENCING")));
        line("b", new At(seconds(20)));
        Director director = director();
        assertThat(director.look(seconds(30))).isNull();
        assertThat(happened).isEmpty();
        assertThat(director.waiting()).isEqualTo(lines.getFirst());
        seen.caseIs("h1", "FENCING");
        director.look(seconds(31));
        assertThat(happened).containsExactly("a", "b");
    }

    @Test
    void aConditionMayBeFollowedByAWhile() {
        line("a", new Once(new CaseIs(H1, "FENCED"), seconds(2)));
        Director director = director();
        seen.caseIs("h1", "FENCED");
        assertThat(director.look(seconds(31))).isEqualTo(seconds(33));
        seen.caseIs("h1", "EVACUATING");
        assertThat(director.look(seconds(32))).isEqualTo(seconds(33));
        director.look(seconds(33));
        assertThat(happened).containsExactly("a");
    }

    @Test
    void whatWasTrueForOneMomentOnlyIsNotMissed() {
        line("a", when(new CaseIs(H1, "CONDEMNED")));
        line("b", when(new MoveIs("web", "PLACED")));
        Director director = director();
        seen.caseIs("h1", "CONDEMNED");
        seen.caseIs("h1", "FENCING");
        director.look(seconds(31));
        assertThat(happened).containsExactly("a");
        seen.moveIs("web", "PLACED");
        seen.moveIs("web", "CLAIMED");
        director.look(seconds(32));
        assertThat(happened).containsExactly("a", "b");
    }

    @Test
    void whatWasTrueBeforeTheLineAboveDoesNotCount() {
        line("a", new At(seconds(10)));
        line("b", when(new Runs("web", HostId.of("h2"))));
        Director director = director();
        seen.guestStarted("web", "h2", seconds(5));
        seen.guestEnded("web", "h2", seconds(6));
        director.look(seconds(10));
        assertThat(happened).containsExactly("a");
        seen.guestStarted("web", "h2", seconds(12));
        director.look(seconds(12));
        assertThat(happened).containsExactly("a", "b");
    }

    @Test
    void whatIsTrueAlreadyIsNotWaitedFor() {
        seen.begins("web", "h1", InstanceGoal.RUNNING, seconds(0));
        seen.power("h1", true);
        line("a", when(new Runs("web", null)));
        line("b", when(new Powered(H1, true)));
        line("c", when(new Powered(H1, false)));
        Director director = director();
        director.look(seconds(1));
        assertThat(happened).containsExactly("a", "b");
        seen.power("h1", false);
        director.look(seconds(2));
        assertThat(happened).containsExactly("a", "b", "c");
    }

    private static Moment when(Condition condition) {
        return new Once(condition, Duration.ZERO);
    }

    private void line(String text, Moment moment) {
        lines.add(new TimedEvent(lines.size() + 1, text, moment, new ScenarioEvent.HandOver()));
    }

    private Director director() {
        return new Director(List.copyOf(lines), seen, event -> happened.add(event.text()));
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }
}
