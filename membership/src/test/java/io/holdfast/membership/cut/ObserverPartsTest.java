package io.holdfast.membership.cut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.membership.CutSettings;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The small parts: the score, the marks, who observes whom, and who is remembered. */
class ObserverPartsTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private static final Member H1 = Member.host(HostId.of("h1"), "s1");
    private static final Member H1_AGAIN = Member.host(HostId.of("h1"), "s2");
    private static final Member H2 = Member.host(HostId.of("h2"), "s1");
    private static final Member CONTROLLER = Member.controller("h1", "s1");

    @ParameterizedTest(name = "{0}, {1} worse: {2}, time-out {3} ms")
    @CsvSource({"0, 0, 0, 450", "0, 1, 1, 900", "3, 2, 5, 2700", "7, 5, 8, 4050", "2, 9000000000, 8, 4050"})
    void aScoreRisesToItsEndAndWidensTheTimeOut(int score, long by, int expected, long millis) {
        LocalHealth worse = new LocalHealth(score).worse(by);
        assertThat(worse.score()).isEqualTo(expected);
        assertThat(worse.widened(Duration.ofMillis(450))).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void aScoreFallsToNothingAndNoFurther() {
        assertThat(new LocalHealth(2).better().better().better()).isEqualTo(LocalHealth.GOOD);
        assertThatThrownBy(() -> new LocalHealth(9)).hasMessageContaining("0 to 8");
        assertThatThrownBy(() -> new LocalHealth(-1)).hasMessageContaining("0 to 8");
    }

    @ParameterizedTest(name = "{0} observers: high {1}, low {2}")
    @CsvSource({
        "1, 1, 1",
        "2, 2, 1",
        "3, 3, 1",
        "4, 4, 1",
        "5, 5, 1",
        "6, 6, 1",
        "7, 7, 2",
        "8, 8, 2",
        "9, 9, 2",
        "10, 9, 3",
        "11, 10, 3",
        "20, 18, 6"
    })
    void theMarksShrinkWithTheObserversAndAreRoundedAgainstACut(int observers, int high, int low) {
        assertThat(Watermarks.of(CutSettings.defaults(), observers)).isEqualTo(new Watermarks(observers, high, low));
    }

    @Test
    void everySubjectHasThatManyDistinctObserversAndNeverItself() {
        Set<Member> members = hosts(40);
        Map<Member, Integer> duties = new HashMap<>();
        for (Member subject : members) {
            List<Member> observers = Observers.of(subject, members, 10);
            assertThat(observers).hasSize(10).doesNotHaveDuplicates().doesNotContain(subject);
            observers.forEach(observer -> duties.merge(observer, 1, Integer::sum));
        }
        assertThat(duties.values()).as("about as much for everybody").allMatch(duty -> duty >= 2 && duty <= 25);
        assertThat(duties).hasSize(40);
    }

    @Test
    void eachMemberFindsOutAloneWhomItObserves() {
        Set<Member> members = hosts(25);
        for (Member observer : members) {
            Set<Member> asked = members.stream()
                    .filter(subject -> Observers.of(subject, members, 10).contains(observer))
                    .collect(Collectors.toSet());
            assertThat(Observers.subjectsOf(observer, members, members, 10)).isEqualTo(asked);
        }
    }

    @Test
    void whoIsGoneIsReplacedAndNobodyElseIs() {
        Set<Member> members = hosts(25);
        Member subject = Member.host(HostId.of("host-7"), "s");
        List<Member> before = Observers.of(subject, members, 10);
        members.remove(before.get(4));
        assertThat(Observers.of(subject, members, 10))
                .containsAll(before.stream()
                        .filter(observer -> !observer.equals(before.get(4)))
                        .toList());
    }

    @Test
    void withFewerMembersThanObserversEverybodyObserves() {
        assertThat(Observers.of(H1, Set.of(H1, H2, CONTROLLER), 10)).containsExactlyInAnyOrder(H2, CONTROLLER);
        assertThat(Observers.of(H1, Set.of(H1, H1_AGAIN, H2), 10))
                .as("another life of the same host is no observer of it")
                .containsExactly(H2);
        assertThat(Observers.subjectsOf(H1_AGAIN, Set.of(H1, H2), Set.of(H1_AGAIN, H2), 10))
                .containsExactly(H2);
    }

    @Test
    void whoLeftTheViewIsRememberedForAMinute() {
        Roster roster = Roster.EMPTY.seen(Set.of(H1, H2), 0).seen(Set.of(H1), 10 * SECOND);
        assertThat(roster.known()).containsExactlyInAnyOrder(H1, H2);
        assertThat(roster.present()).containsExactly(H1);
        assertThat(roster.at(70 * SECOND).known()).contains(H2);
        assertThat(roster.at(71 * SECOND).known()).containsExactly(H1);
        assertThat(roster.seen(Set.of(H1), 71 * SECOND).known()).containsExactly(H1);
        assertThat(roster.seen(Set.of(H1, H2), 20 * SECOND).goneSinceNanos()).isEmpty();
    }

    @Test
    void anotherLifeEndsTheMemoryOfTheOneBefore() {
        Roster roster = Roster.EMPTY.seen(Set.of(H1, H2), 0).seen(Set.of(H2, H1_AGAIN), SECOND);
        assertThat(roster.known()).containsExactlyInAnyOrder(H2, H1_AGAIN);
    }

    @Test
    void aHostAndAControllerOfTheSameNameAreTwoMembers() {
        assertThat(H1).isNotEqualTo(CONTROLLER);
        assertThat(H1.isOtherLifeOf(CONTROLLER)).isFalse();
        assertThat(List.of(H1.text(), CONTROLLER.text())).containsExactly("h1", "controller h1");
        assertThatThrownBy(() -> Member.controller("", "s")).hasMessageContaining("a name and a session");
        assertThatThrownBy(() -> new Member(Member.Kind.HOST, "h 1", "s")).hasMessageContaining("host name");
    }

    private static Set<Member> hosts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Member.host(HostId.of("host-" + i), "s"))
                .collect(Collectors.toCollection(HashSet::new));
    }
}
