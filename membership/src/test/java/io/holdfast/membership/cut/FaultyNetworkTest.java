package io.holdfast.membership.cut;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.CutSettings;
import io.holdfast.membership.Network;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Whole networks of observers on a virtual clock, with links that lose everything in one direction, links that come and go,
 * members that stand still, and members that die. The oracle knows who is dead.
 */
class FaultyNetworkTest {

    private static final int INTERVAL = 100;
    private static final Duration BASE = Duration.ofMillis(450);
    private static final Duration APART = Duration.ofMillis(400);
    private static final CutSettings SETTINGS = CutSettings.defaults();

    /** At most L observers of a host are deaf to it at a time, some for good, some on and off; some members stand still. */
    @Property(tries = 60)
    void noiseCutsNobodyAndTheDeadAreCut(
            @ForAll @IntRange(min = 4, max = 24) int members, @ForAll @IntRange(max = 1_000_000) int seed) {
        Net net = new Net(members, seed);
        Random dice = new Random(seed);
        net.run(2000);
        for (Member subject : net.hosts()) {
            List<Member> observers = Observers.of(subject, net.observing.keySet(), SETTINGS.observers());
            int low = Watermarks.of(SETTINGS, observers.size()).low();
            int deaf = dice.nextInt(low + 1);
            for (Member observer : observers.subList(0, deaf)) {
                net.losses.put(
                        new Link(subject, observer), dice.nextBoolean() ? Integer.MAX_VALUE : 200 + dice.nextInt(2000));
            }
        }
        int dead = dice.nextInt(Math.max(1, members / 4)) + 1;
        List<Member> hosts = net.hosts();
        for (int i = 0; i < 30; i++) {
            // Some stand still for a moment, never for so long that a host is silent to everybody.
            for (int paused = 0; paused < members / 5; paused++) {
                net.pausedUntil.put(hosts.get(dice.nextInt(hosts.size())), net.nowMillis + dice.nextInt(300));
            }
            net.run(500);
            assertThat(net.cut()).as("cut of the living").isEmpty();
        }
        net.losses.clear();
        net.pausedUntil.clear();
        net.run(3000);
        assertThat(net.cut()).isEmpty();
        Set<Member> condemned = Set.copyOf(hosts.subList(0, dead));
        net.dead.addAll(condemned);
        net.run(3000);
        assertThat(net.cut()).isEqualTo(condemned);
    }

    /** Half of the members have a clock that is set now and then, or all the time; the others count without them. */
    @Property(tries = 10)
    void clocksThatAreSetCutNobodyAndTheDeadAreCut(
            @ForAll @IntRange(min = 8, max = 20) int members, @ForAll @IntRange(max = 1_000_000) int seed) {
        Net net = new Net(members, seed);
        Random dice = new Random(seed);
        net.run(2000);
        List<Member> hosts = net.hosts();
        List<Member> badClocks = hosts.subList(0, (members - 1) / 2);
        for (int i = 0; i < 40; i++) {
            for (Member member : badClocks) {
                if (dice.nextInt(3) > 0) {
                    net.ahead.merge(member, (long) dice.nextInt(7_200_000) - 3_600_000, Long::sum);
                }
            }
            net.run(200);
            assertThat(net.cut()).as("cut of the living").isEmpty();
        }
        Member dying = hosts.getLast();
        net.dead.add(dying);
        for (int i = 0; i < 20; i++) {
            badClocks.forEach(member -> net.ahead.merge(member, 5000L, Long::sum));
            net.run(500);
        }
        assertThat(net.cut()).containsExactly(dying);
    }

    @Test
    void oneOfFourThatDiesIsCutWithinSevenHundredMilliseconds() {
        Net net = new Net(4, 1);
        net.run(2000);
        net.dead.add(net.hosts().getFirst());
        net.run(700);
        assertThat(net.cut()).containsExactly(net.hosts().getFirst());
    }

    @Test
    void hostsThatDieTogetherAreCutInOneLook() {
        Net net = new Net(40, 7);
        net.run(2000);
        Set<Member> dying = Set.copyOf(net.hosts().subList(3, 13));
        net.dead.addAll(dying);
        net.run(3000);
        assertThat(net.cuts).as("every set of hosts that was cut at some look").containsExactly(dying);
    }

    @Test
    void aHostThatLosesHalfOfItsPacketsIsNotSilent() {
        Net net = new Net(10, 3);
        net.lossShare = 0.5;
        net.run(2000);
        net.run(10_000);
        assertThat(net.cut()).isEmpty();
    }

    @Test
    void aSlowObserverAccusesNobodyAndSaysOfItselfThatItIsSlow() {
        Net net = new Net(5, 11);
        net.run(2000);
        Member slow = net.hosts().getFirst();
        int worst = 0;
        for (int i = 0; i < 20; i++) {
            net.pausedUntil.put(slow, net.nowMillis + 900);
            net.run(1000);
            worst = Math.max(worst, net.reported.get(slow).health().score());
            assertThat(net.reported.get(slow).silent()).isEmpty();
        }
        assertThat(worst).isGreaterThan(SETTINGS.scoreLimit());
    }

    private record Link(Member from, Member to) {}

    /** Everything that is said arrives in the same step, or not at all, or when its receiver wakes. */
    private static final class Net {
        private final Map<Member, Observing> observing = new TreeMap<>();
        private final Map<Member, Integer> offsets = new HashMap<>();

        /** By link, how long it is closed, and then open, in turns; for ever with the largest number. */
        private final Map<Link, Integer> losses = new HashMap<>();

        private final Map<Member, Long> pausedUntil = new HashMap<>();
        private final Map<Member, List<Link>> waiting = new HashMap<>();
        private final Set<Member> dead = new HashSet<>();

        /** By member, how far its wall clock was set. */
        private final Map<Member, Long> ahead = new HashMap<>();

        private final Map<Member, ObserverReport> reported = new HashMap<>();
        private final List<Set<Member>> cuts = new ArrayList<>();
        private final CutDetector detector = new CutDetector(SETTINGS);
        private final Random dice;
        private double lossShare;
        private CutDetector.State state = CutDetector.State.EMPTY;
        private long nowMillis;
        private long number;

        Net(int members, int seed) {
            dice = new Random(seed);
            for (int i = 1; i < members; i++) {
                join(Member.host(HostId.of("h" + i), "s"));
            }
            join(Member.controller("c1", "s"));
        }

        private void join(Member member) {
            observing.put(member, Observing.from(0, 0));
            offsets.put(member, 10 * dice.nextInt(INTERVAL / 10));
        }

        List<Member> hosts() {
            return observing.keySet().stream().filter(Member::isHost).toList();
        }

        Set<Member> cut() {
            return state.held().entrySet().stream()
                    .filter(each -> each.getValue().opinion().cut())
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
        }

        void run(int millis) {
            for (long end = nowMillis + millis; nowMillis < end; nowMillis += 10) {
                for (Member member : observing.keySet()) {
                    if (!dead.contains(member) && !isPaused(member)) {
                        wake(member);
                        if (nowMillis % INTERVAL == offsets.get(member)) {
                            turn(member);
                        }
                    }
                }
                Set<Member> before = cut();
                state = detector.look(state, nanos());
                if (!cut().equals(before)) {
                    cuts.add(cut());
                }
            }
        }

        private void turn(Member member) {
            Observing turned = observing
                    .get(member)
                    .assigned(
                            Observers.subjectsOf(member, observing.keySet(), observing.keySet(), SETTINGS.observers()),
                            nanos())
                    .turn(Duration.ofMillis(INTERVAL), BASE, APART, nanos(), aheadNanos(member));
            observing.put(member, turned);
            turned.subjects().forEach((subject, held) -> {
                if (passes(member, subject)) {
                    if (isPaused(subject)) {
                        waiting.computeIfAbsent(subject, unseen -> new ArrayList<>())
                                .add(new Link(member, subject));
                    } else {
                        asked(subject, member, held.voice() == Observing.Voice.SILENT);
                    }
                }
            });
            number++;
            ObserverReport report = turned.report(member, Network.MANAGEMENT, number);
            reported.put(member, report);
            state = detector.take(state, List.of(report), nanos());
        }

        private void asked(Member subject, Member by, boolean unheard) {
            if (dead.contains(subject)) {
                return;
            }
            Observing hearing = observing.get(subject).heard(by, nanos());
            observing.put(subject, unheard ? hearing.doubted() : hearing);
            if (passes(subject, by) && !dead.contains(by)) {
                observing.put(by, observing.get(by).answered(subject, nanos()));
            }
        }

        private void wake(Member member) {
            List<Link> asked = waiting.remove(member);
            if (asked != null) {
                asked.forEach(link -> asked(member, link.from(), false));
            }
        }

        private boolean isPaused(Member member) {
            return pausedUntil.getOrDefault(member, 0L) > nowMillis;
        }

        private boolean passes(Member from, Member to) {
            if (lossShare > 0 && dice.nextDouble() < lossShare) {
                return false;
            }
            Integer period = losses.get(new Link(from, to));
            return period == null || (period != Integer.MAX_VALUE && nowMillis / period % 2 == 1);
        }

        private long aheadNanos(Member member) {
            return Duration.ofMillis(ahead.getOrDefault(member, 0L)).toNanos();
        }

        private long nanos() {
            return Duration.ofMillis(nowMillis).toNanos();
        }
    }
}
