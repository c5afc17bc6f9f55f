package io.holdfast.membership.cut;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.CutSettings;
import io.holdfast.membership.Network;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CutDetectorTest {

    private static final CutSettings SETTINGS = CutSettings.defaults();
    private static final Network STORAGE = new Network("storage");
    private static final Member H1 = host("h1");
    private static final Member H2 = host("h2");

    private final CutDetector detector = new CutDetector(SETTINGS);
    private final Map<Member, Long> numbers = new HashMap<>();
    private CutDetector.State state = CutDetector.State.EMPTY;
    private long nowMillis;

    @ParameterizedTest(name = "silent to {0} of {1}: {2}")
    @CsvSource({
        "0, 10, heard",
        "2, 10, heard",
        "3, 10, heard",
        "8, 10, heard",
        "9, 10, cut",
        "10, 10, cut",
        "1, 2, heard",
        "2, 2, cut",
        "2, 3, heard",
        "3, 3, cut",
        "1, 1, cut"
    })
    void countsTheDistinctObserversThatDoNotHearAHost(int silent, int observers, String opinion) {
        say(H1, silent, observers, 0);
        look();
        assertThat(opinionOf(H1).cut()).isEqualTo(opinion.equals("cut"));
        assertThat(opinionOf(H1).silentTo()).hasSize(silent);
        assertThat(opinionOf(H1).observers()).isEqualTo(observers);
    }

    @Test
    void betweenTheMarksAnOpinionStays() {
        say(H1, 10, 10, 0);
        look();
        say(H1, 3, 10, 0);
        look();
        assertThat(opinionOf(H1).cut()).as("still gone").isTrue();
        say(H1, 2, 10, 0);
        look();
        assertThat(opinionOf(H1).cut()).isFalse();
        say(H1, 8, 10, 0);
        look();
        assertThat(opinionOf(H1).cut()).as("still there").isFalse();
    }

    @Test
    void oneObserverThatWasTheFirstToReportKeepsNobodyGoneWhomTheOthersHear() {
        say(H1, 1, 1, 0);
        look();
        assertThat(opinionOf(H1).cut()).as("nobody else has reported").isTrue();
        say(H1, 1, 3, 0);
        look();
        assertThat(opinionOf(H1)).isEqualTo(new Opinion(false, List.of(observer(1)), 3));
    }

    @Test
    void oneBadLinkKeepsNobodyGoneWhoWasCutAndIsBack() {
        say(H1, 5, 5, 0);
        look();
        say(H1, 2, 5, 0);
        look();
        assertThat(opinionOf(H1).cut()).as("two of five do not hear it yet").isTrue();
        say(H1, 1, 5, 0);
        look();
        assertThat(opinionOf(H1).cut()).isFalse();
    }

    @Test
    void nobodyIsCutWhileAnotherStandsBetweenTheMarksForAsLongAsIsAgreed() {
        sayBoth(10, 5);
        look();
        assertThat(opinionOf(H1).cut()).isFalse();
        sayBoth(10, 9);
        look();
        assertThat(List.of(opinionOf(H1).cut(), opinionOf(H2).cut()))
                .as("both at once")
                .containsExactly(true, true);
    }

    @Test
    void whoIsHalfHeardForLongDoesNotKeepOthersForEver() {
        sayBoth(10, 5);
        look();
        nowMillis += 499;
        look();
        assertThat(opinionOf(H1).cut()).isFalse();
        nowMillis += 1;
        look();
        assertThat(opinionOf(H1).cut()).isTrue();
        assertThat(opinionOf(H2).cut()).isFalse();
    }

    @Test
    void anOldReportIsNothing() {
        say(H1, 10, 10, 0);
        nowMillis += 1500;
        look();
        assertThat(opinionOf(H1).cut()).isTrue();
        nowMillis += 1;
        look();
        assertThat(state.held()).isEmpty();
        assertThat(state.reports()).isEmpty();
    }

    @Test
    void aReportThatALaterOneHasOvertakenChangesNothing() {
        report(observer(1), 5, 0, Set.of(H1), Set.of());
        CutDetector.State before = state;
        report(observer(1), 5, 0, Set.of(), Set.of(H1));
        report(observer(1), 4, 0, Set.of(), Set.of(H1));
        assertThat(state).isEqualTo(before);
    }

    @Test
    void anotherLifeOfAnObserverReplacesWhatTheOneBeforeSaid() {
        report(Member.host(HostId.of("o"), "life 1"), 700, 0, Set.of(), Set.of(H1));
        report(Member.host(HostId.of("o"), "life 2"), 1, 0, Set.of(H1), Set.of());
        look();
        assertThat(opinionOf(H1)).isEqualTo(new Opinion(false, List.of(), 1));
    }

    @Test
    void observersWhoDoubtThemselvesDoNotCount() {
        say(H1, 4, 4, 4);
        for (int i = 5; i <= 9; i++) {
            report(observer(i), 1, 3, Set.of(H1), Set.of());
        }
        look();
        assertThat(opinionOf(H1)).isEqualTo(new Opinion(false, List.of(), 5));
    }

    @Test
    void aFewWhoHearBadlyDoNotOutvoteManyWhoAreSlow() {
        say(H1, 3, 3, 0);
        for (int i = 4; i <= 6; i++) {
            report(observer(i), 1, 8, Set.of(H1), Set.of());
        }
        look();
        assertThat(state.held()).as("no opinion: 3 of 6 count").isEmpty();
    }

    @Test
    void whoIsUnsureNeitherHearsNorMisses() {
        for (int i = 1; i <= 3; i++) {
            unsure(observer(i));
        }
        say(H1, 1, 1, 0);
        look();
        assertThat(state.held()).as("one deaf observer among slow ones").isEmpty();
        report(observer(2), 2, 0, Set.of(H1), Set.of());
        report(observer(4), 1, 0, Set.of(H1), Set.of());
        look();
        assertThat(opinionOf(H1)).isEqualTo(new Opinion(false, List.of(observer(1)), 3));
    }

    private void unsure(Member observer) {
        state = detector.take(
                state,
                List.of(new ObserverReport(observer, STORAGE, 0, new LocalHealth(1), Set.of(), Set.of(H1), Set.of())),
                nanos());
    }

    @Test
    void anObserverThatIsCutOffItselfIsLeftOut() {
        // H2 died together with H1; the last that it said is that it hears H1.
        report(H2, 1, 0, Set.of(H1), Set.of());
        report(observer(1), 1, 0, Set.of(), Set.of(H1, H2));
        report(observer(2), 1, 0, Set.of(), Set.of(H1, H2));
        look();
        assertThat(opinionOf(H1)).isEqualTo(new Opinion(true, List.of(observer(1), observer(2)), 2));
        assertThat(opinionOf(H1).text()).isEqualTo("gone by 2 of 2 observers: o01, o02");
    }

    @Test
    void aLinkThatIsCutBetweenTwoHostsCutsNeither() {
        report(H1, 1, 0, Set.of(observer(1)), Set.of(H2));
        report(H2, 1, 0, Set.of(observer(1)), Set.of(H1));
        report(observer(1), 1, 0, Set.of(H1, H2), Set.of());
        look();
        assertThat(opinionOf(H1)).isEqualTo(new Opinion(false, List.of(H2), 2));
        assertThat(opinionOf(H2)).isEqualTo(new Opinion(false, List.of(H1), 2));
        assertThat(opinionOf(H2).text()).isEqualTo("silent to 1 of 2 observers: h1");
    }

    // ---- against a plain count

    record Said(int observer, int subject, boolean silent, int score) {}

    @Provide
    Arbitrary<List<Said>> reports() {
        Arbitrary<Said> one = Combinators.combine(
                        Arbitraries.integers().between(0, 11),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.of(true, false),
                        Arbitraries.frequencyOf(
                                net.jqwik.api.Tuple.of(4, Arbitraries.just(0)),
                                net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(0, 8))))
                .as(Said::new);
        return one.list().ofMinSize(1).ofMaxSize(120);
    }

    /** Whatever was held before: who is cut anew was silent to nine tenths of those who count, all counted by hand. */
    @Property(tries = 2000)
    void nobodyIsCutWhomMoreThanATenthOfTheObserversHears(@ForAll("reports") List<Said> said) {
        CutDetector.State held = CutDetector.State.EMPTY;
        Map<Integer, Map<Integer, Boolean>> edges = new HashMap<>();
        Map<Integer, Integer> scores = new HashMap<>();
        long number = 0;
        Set<Member> cutBefore = Set.of();
        for (Said each : said) {
            edges.computeIfAbsent(each.observer, unseen -> new HashMap<>()).put(each.subject, each.silent);
            scores.put(each.observer, each.score);
            number++;
            held = detector.take(held, List.of(report(each.observer, number, each.score, edges)), number);
            held = detector.look(held, number);
            Set<Member> cut = cutIn(held);
            for (int subject = 0; subject < 4; subject++) {
                int hearing = 0;
                int silent = 0;
                for (Map.Entry<Integer, Map<Integer, Boolean>> observer : edges.entrySet()) {
                    Boolean edge = observer.getValue().get(subject);
                    if (edge != null && scores.get(observer.getKey()) <= SETTINGS.scoreLimit()) {
                        hearing += edge ? 0 : 1;
                        silent += edge ? 1 : 0;
                    }
                }
                Member member = host("s" + subject);
                if (cut.contains(member) && !cutBefore.contains(member)) {
                    assertThat(10 * silent).isGreaterThanOrEqualTo(9 * (silent + hearing));
                }
                if (silent == 0 && hearing > 0) {
                    assertThat(cut).doesNotContain(member);
                }
            }
            cutBefore = cut;
        }
    }

    private static ObserverReport report(
            int observer, long number, int score, Map<Integer, Map<Integer, Boolean>> edges) {
        Set<Member> audible = new HashSet<>();
        Set<Member> silent = new HashSet<>();
        edges.get(observer).forEach((subject, isSilent) -> (isSilent ? silent : audible).add(host("s" + subject)));
        return new ObserverReport(
                observer(observer), STORAGE, number, new LocalHealth(score), audible, Set.of(), silent);
    }

    private static Set<Member> cutIn(CutDetector.State state) {
        return state.held().entrySet().stream()
                .filter(each -> each.getValue().opinion().cut())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    // ---- helpers

    private void say(Member subject, int silent, int observers, int score) {
        for (int i = 1; i <= observers; i++) {
            Set<Member> of = Set.of(subject);
            report(observer(i), next(observer(i)), score, i > silent ? of : Set.of(), i > silent ? Set.of() : of);
        }
    }

    /** Ten observers observe both; so many of them do not hear each. */
    private void sayBoth(int silentOne, int silentTwo) {
        for (int i = 1; i <= 10; i++) {
            Set<Member> silent = Stream.of(i <= silentOne ? H1 : null, i <= silentTwo ? H2 : null)
                    .filter(java.util.Objects::nonNull)
                    .collect(Collectors.toSet());
            Set<Member> audible = new HashSet<>(Arrays.asList(H1, H2));
            audible.removeAll(silent);
            report(observer(i), next(observer(i)), 0, audible, silent);
        }
    }

    private long next(Member observer) {
        return numbers.merge(observer, 1L, Long::sum);
    }

    private void report(Member observer, long number, int score, Set<Member> audible, Set<Member> silent) {
        state = detector.take(
                state,
                List.of(new ObserverReport(
                        observer, STORAGE, number, new LocalHealth(score), audible, Set.of(), silent)),
                nanos());
    }

    private void look() {
        state = detector.look(state, nanos());
    }

    private Opinion opinionOf(Member member) {
        return state.held().get(member).opinion();
    }

    private long nanos() {
        return Duration.ofMillis(nowMillis).toNanos();
    }

    private static Member observer(int number) {
        return host(String.format("o%02d", number));
    }

    private static Member host(String name) {
        return Member.host(HostId.of(name), "s");
    }
}
