package io.holdfast.chaos.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chaos.scenario.ExpectedEnd.Ending;
import io.holdfast.chaos.scenario.ExpectedEnd.State;
import io.holdfast.compute.InstanceGoal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JudgeTest {

    private static final Duration EARLY = Duration.ofSeconds(31);
    private static final Duration LATER = Duration.ofSeconds(40);

    private final Observed seen = new Observed();

    /** The story of one host that was fenced and one instance that moved. */
    JudgeTest() {
        seen.begins("a", "h1", InstanceGoal.RUNNING, Duration.ofSeconds(30));
        seen.guestEnded("a", "h1", EARLY);
        seen.power("h1", false);
        seen.caseIs("h1", "FENCING");
        seen.orderedOff("h1");
        seen.proven("h1");
        seen.guestStarted("a", "h2", LATER);
        seen.moveIs("a", "RUNNING");
        seen.caseIs("h1", "RECOVERED");
    }

    @Test
    void whatEndedAsExpectedHasNoDifference() {
        ExpectedEnd expected = expected(
                List.of("h1"),
                List.of(),
                Map.of("h1", "RECOVERED"),
                List.of(),
                List.of(List.of("h1 fenced", "a starts")),
                new Ending(State.RUNNING, List.of("h2", "h3"), List.of("h3"), "RUNNING", 1, LATER));
        assertThat(Judge.end(expected, seen)).isEmpty();
    }

    @Test
    void everyKindOfDifferenceIsSaidInASentence() {
        ExpectedEnd expected = expected(
                List.of("h2"),
                List.of("h3"),
                Map.of("h1", "PARDONED", "h2", "RECOVERED"),
                List.of("h1"),
                List.of(List.of("a starts", "h1 fenced"), List.of("a starts on h3", "h1 fenced")),
                new Ending(State.RUNNING, List.of("h3"), List.of("h2"), "LEFT", 2, EARLY));
        assertThat(Judge.end(expected, seen))
                .containsExactly(
                        "fenced should be h2, was h1",
                        "h3 should be ordered off, and never was",
                        "the case of h1 should be PARDONED, is RECOVERED",
                        "h2 should have a case that is RECOVERED, has none",
                        "humans should be called for h1, were called for none",
                        "'h1 fenced' should come true after 'a starts', and did not",
                        "'a starts on h3' should come true, and did not",
                        "a should be running on h3, runs on h2",
                        "a must never run on h2, and did",
                        "a should be started 2 times, was started once",
                        "the case about a should end with LEFT, ended with RUNNING",
                        "a should be running for good by 31s, changed last at 40s");
    }

    @Test
    void nobodyIsOrderedOffUnnoticed() {
        seen.orderedOff("h3");
        assertThat(Judge.end(right(), seen)).containsExactly("h3 was ordered off, and that is not expected");
    }

    @Test
    void aCaseThatNobodyExpectsIsADifference() {
        seen.caseIs("h3", "HELD");
        assertThat(Judge.end(right(), seen)).containsExactly("h3 should have no case, has one that is HELD");
    }

    @Test
    void aHumanWhoIsCalledInVainIsADifference() {
        seen.humanCalled("a");
        assertThat(Judge.end(right(), seen)).containsExactly("humans should be called for none, were called for a");
    }

    @Test
    void anInstanceThatRunsTwiceIsADifference() {
        seen.guestStarted("a", "h3", LATER);
        assertThat(Judge.end(right(), seen)).containsExactly("a should be running on h2 or h3, runs on h2 and h3");
    }

    @Test
    void anInstanceThatRunsNowhereIsDownStoppedOrDeletedByWhatItsOwnerWants() {
        seen.guestEnded("a", "h2", LATER);
        assertThat(Judge.end(right(), seen)).containsExactly("a should be running on h2 or h3, is down");
        seen.wanted("a", InstanceGoal.STOPPED, LATER);
        assertThat(Judge.end(right(), seen)).containsExactly("a should be running on h2 or h3, is stopped");
        seen.wanted("a", InstanceGoal.DELETED, LATER);
        assertThat(Judge.end(right(), seen)).containsExactly("a should be running on h2 or h3, is deleted");
        assertThat(seen.history("a").changes())
                .extracting(Observed.Change::state)
                .containsExactly("running", "down", "running", "down", "stopped", "deleted");
    }

    @Test
    void theFirstLineOfTheStoryThatDiffersIsShownWithThoseBeforeIt() {
        assertThat(Judge.story(List.of("1", "2", "3"), List.of("1", "2", "3"))).isNull();
        assertThat(Judge.story(List.of("1", "2", "3", "4", "5"), List.of("1", "2", "3", "4", "6")))
                .isEqualTo("""
                        story, line 5:
                                       2
                                       3
                                       4
                          expected     5
                          but was      6""");
    }

    @Test
    void aStoryThatIsLongerShorterOrMissingDiffers() {
        assertThat(Judge.story(List.of("1"), List.of("1", "2")))
                .contains("expected     the end of the story")
                .contains("but was      2");
        assertThat(Judge.story(List.of("1", "2"), List.of("1")))
                .contains("expected     2")
                .contains("but was      the end of the story");
        assertThat(Judge.story(null, List.of("1"))).contains("there is no expected-story.txt yet");
    }

    private static ExpectedEnd right() {
        return expected(
                List.of("h1"),
                List.of(),
                Map.of("h1", "RECOVERED"),
                List.of(),
                List.of(),
                new Ending(State.RUNNING, List.of("h2", "h3"), List.of(), null, null, null));
    }

    private static ExpectedEnd expected(
            List<String> fenced,
            List<String> tried,
            Map<String, String> cases,
            List<String> humans,
            List<List<String>> order,
            Ending a) {
        return new ExpectedEnd(fenced, tried, cases, humans, order, Map.of("a", a));
    }
}
