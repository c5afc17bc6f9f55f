package io.holdfast.membership.cut;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.CutSettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * A thousand hosts and a controller through the product's own observers, their reports, the count of these and what a controller makes of
 * it, on a virtual clock. What is said arrives at once; turns, reports and looks come as often as in the product, each member's at a
 * moment of its own.
 */
class ThousandMembersTest {

    private static final int HOSTS = 1000;
    private static final int STEP_MILLIS = 5;
    private static final MembershipSettings SETTINGS = MembershipSettings.defaults();
    private static final CutSettings CUT = SETTINGS.cut();
    private static final int TURN_MILLIS = (int) SETTINGS.heartbeatInterval().toMillis();

    /** As a controller takes its news: so many reports at once. */
    private static final int LOOK_MILLIS = 25;

    @Test
    void tenOfAThousandThatDieTogetherGoInOneViewByTheWordOfTheirOwnTenObserversEach() {
        Crowd crowd = new Crowd(11);
        assertThat(crowd.observers.values())
                .as("each has ten observers, and no one twice")
                .allSatisfy(observers ->
                        assertThat(observers).doesNotHaveDuplicates().hasSize(CUT.observers()));
        Set<Member> all = crowd.observing.keySet();
        for (Member member : List.of(crowd.host(0), crowd.host(500), crowd.host(999))) {
            assertThat(Observers.subjectsOf(member, all, all, CUT.observers()))
                    .as("what a member finds for itself")
                    .isEqualTo(crowd.subjects.get(member));
        }
        crowd.run(1000);
        assertThat(crowd.views).singleElement().isEqualTo(crowd.hosts());
        assertThat(crowd.state.held())
                .hasSize(HOSTS + 1)
                .allSatisfy((member, held) -> assertThat(held.opinion().observers())
                        .as("observers that count for %s", member.text())
                        .isEqualTo(CUT.observers()));

        Set<Member> dying = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            dying.add(crowd.host(17 + 97 * i));
        }
        crowd.dead.addAll(dying);
        crowd.run(1200);

        Set<Member> living = new TreeSet<>(crowd.hosts());
        living.removeAll(dying);
        assertThat(crowd.views).as("views of who is there").containsExactly(crowd.hosts(), living);
        assertThat(crowd.cuts)
                .as("looks after which others were cut than before")
                .containsExactly(dying);
        Set<Member> accusers = new HashSet<>();
        for (Member member : dying) {
            Opinion opinion =
                    Objects.requireNonNull(crowd.state.held().get(member)).opinion();
            Set<Member> own = Set.copyOf(Objects.requireNonNull(crowd.observers.get(member)));
            assertThat(opinion.silentTo()).doesNotHaveDuplicates().isSubsetOf(own);
            assertThat(opinion.silentTo().size())
                    .isGreaterThanOrEqualTo(
                            Watermarks.of(CUT, opinion.observers()).high());
            accusers.addAll(opinion.silentTo());
        }
        assertThat(accusers)
                .as("distinct observers of ten hosts")
                .hasSizeBetween(90, 100)
                .doesNotContainAnyElementsOf(dying);
    }

    private static final class Crowd {
        private final Map<Member, Observing> observing = new TreeMap<>();
        private final Map<Member, List<Member>> observers = new HashMap<>();
        private final Map<Member, Set<Member>> subjects = new HashMap<>();

        /** By the part of an interval in which their turn is. */
        private final List<List<Member>> turns = new ArrayList<>();

        private final Map<Member, ObserverReport> told = new HashMap<>();
        private final Map<Member, Long> toldMillis = new HashMap<>();
        private final Set<Member> dead = new HashSet<>();
        private final List<ObserverReport> came = new ArrayList<>();
        private final List<Set<Member>> cuts = new ArrayList<>();
        private final List<Set<Member>> views = new ArrayList<>();
        private final CutDetector detector = new CutDetector(CUT);
        private final Member controller = Member.controller("c1", "s");
        private final Set<Member> view;
        private CutDetector.State state = CutDetector.State.EMPTY;
        private long nowMillis;
        private long number;

        Crowd(int seed) {
            Random dice = new Random(seed);
            for (int i = 0; i < TURN_MILLIS / STEP_MILLIS; i++) {
                turns.add(new ArrayList<>());
            }
            for (int i = 0; i < HOSTS; i++) {
                observing.put(host(i), Observing.from(0, 0));
            }
            observing.put(controller, Observing.from(0, 0));
            view = hosts();
            for (Member member : observing.keySet()) {
                subjects.put(member, new HashSet<>());
                turns.get(dice.nextInt(turns.size())).add(member);
            }
            for (Member subject : observing.keySet()) {
                List<Member> own = Observers.of(subject, observing.keySet(), CUT.observers());
                observers.put(subject, own);
                own.forEach(observer ->
                        Objects.requireNonNull(subjects.get(observer)).add(subject));
            }
            observing.replaceAll(
                    (member, fresh) -> fresh.assigned(Objects.requireNonNull(subjects.get(member)), nanos()));
        }

        Member host(int number) {
            return Member.host(HostId.of("h" + number), "s");
        }

        Set<Member> hosts() {
            return observing.keySet().stream().filter(Member::isHost).collect(Collectors.toCollection(TreeSet::new));
        }

        void run(int millis) {
            for (long end = nowMillis + millis; nowMillis < end; nowMillis += STEP_MILLIS) {
                for (Member member : turns.get((int) (nowMillis % TURN_MILLIS) / STEP_MILLIS)) {
                    if (!dead.contains(member)) {
                        turn(member);
                    }
                }
                if (nowMillis % LOOK_MILLIS == 0) {
                    look();
                }
            }
        }

        private void turn(Member member) {
            Observing turned = of(member)
                    .turn(
                            SETTINGS.heartbeatInterval(),
                            SETTINGS.heartbeatTimeout().plus(SETTINGS.verifyTimeout()),
                            SETTINGS.pauseLimit(),
                            nanos(),
                            0);
            observing.put(member, turned);
            turned.subjects().keySet().forEach(subject -> {
                if (!dead.contains(subject)) {
                    observing.put(subject, of(subject).heard(member, nanos()));
                    observing.put(member, of(member).answered(subject, nanos()));
                }
            });
            ObserverReport report = turned.report(member, Network.MANAGEMENT, number + 1);
            ObserverReport last = told.get(member);
            boolean due = last == null
                    || !report.saysTheSame(last, CUT.scoreLimit())
                    || nowMillis - toldMillis.getOrDefault(member, 0L)
                            >= CUT.reportInterval().toMillis();
            if (due) {
                number++;
                told.put(member, report);
                toldMillis.put(member, nowMillis);
                came.add(report);
            }
        }

        /** As {@code GroupWatch} does. */
        private void look() {
            Set<Member> before = cut();
            state = detector.look(detector.take(state, came, nanos()), nanos());
            came.clear();
            if (!cut().equals(before)) {
                cuts.add(cut());
            }
            Set<Member> there = Sight.of(controller, view, state.held()).agents().entrySet().stream()
                    .flatMap(each -> each.getValue().stream().map(session -> Member.host(each.getKey(), session)))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (views.isEmpty() || !views.getLast().equals(there)) {
                views.add(there);
            }
        }

        private Set<Member> cut() {
            return state.held().entrySet().stream()
                    .filter(each -> each.getValue().opinion().cut())
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
        }

        private Observing of(Member member) {
            return Objects.requireNonNull(observing.get(member));
        }

        private long nanos() {
            return Duration.ofMillis(nowMillis).toNanos();
        }
    }
}
