package io.holdfast.fencing.core;

import static io.holdfast.fencing.PowerOrder.Answer.ACCEPTED;
import static io.holdfast.fencing.PowerOrder.Answer.NO_ANSWER;
import static io.holdfast.fencing.PowerOrder.Answer.REFUSED;
import static io.holdfast.model.PowerState.OFF;
import static io.holdfast.model.PowerState.ON;
import static io.holdfast.model.PowerState.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.core.FenceAttempt.OrderOff;
import io.holdfast.fencing.core.FenceAttempt.Ordered;
import io.holdfast.fencing.core.FenceAttempt.Pause;
import io.holdfast.fencing.core.FenceAttempt.Read;
import io.holdfast.fencing.core.FenceAttempt.ReadPower;
import io.holdfast.fencing.core.FenceLadder.Answer;
import io.holdfast.fencing.core.FenceLadder.Ask;
import io.holdfast.fencing.core.FenceLadder.Climb;
import io.holdfast.fencing.core.FenceLadder.Event;
import io.holdfast.fencing.core.FenceLadder.Left;
import io.holdfast.fencing.core.FenceLadder.Level;
import io.holdfast.fencing.core.FenceLadder.Note;
import io.holdfast.fencing.core.FenceLadder.Noted;
import io.holdfast.fencing.core.FenceLadder.Place;
import io.holdfast.fencing.core.FenceLadder.State;
import io.holdfast.fencing.core.FenceLadder.Step;
import io.holdfast.model.PowerState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class FenceLadderTest {

    private static final AttemptTiming TIMING = new AttemptTiming(
            Duration.ofSeconds(12), Duration.ofSeconds(3), Duration.ofMillis(50), Duration.ofMillis(500), 1);
    private static final long MILLI = 1_000_000;

    private static final Level BMC = level("bmc");
    private static final Level OUTLETS = level("outlet-a", "outlet-b");

    private static Level level(String... devices) {
        return new Level(List.of(devices), 1, Duration.ZERO, null);
    }

    @Test
    void aSingleLevelWithASingleDeviceTellsWhatItsAttemptTells() {
        Step end = run(List.of(BMC), read(ON), ordered(ACCEPTED), read(OFF));

        FenceLadder.Proven proven = (FenceLadder.Proven) end.next();
        assertThat(proven.evidence())
                .isEqualTo("bmc: power off ordered (ACCEPTED), then read back off on a new session (said OFF)");
        assertThat(proven.climb().steps()).hasSize(3);
        assertThat(end.ended()).isTrue();
    }

    @Test
    void theNextLevelProvesWhenTheFirstOneIsLeftAndTheProofNamesIt() {
        Step left = run(List.of(BMC, level("pdu")), read(UNKNOWN), ordered(REFUSED), read(UNKNOWN));
        assertThat(left.commands())
                .containsExactly(new Note(
                        new Left(
                                1,
                                false,
                                "bmc refused the order (said REFUSED) and does not say whether the host has power (said"
                                        + " UNKNOWN)"),
                        Duration.ofSeconds(3)));

        Step end = follow(left, 10, new Noted(), answer(read(ON)), answer(ordered(ACCEPTED)), answer(read(OFF)));

        assertThat(((FenceLadder.Proven) end.next()).evidence()).startsWith("level 2 of 2: pdu: power off ordered");
        assertThat(end.next().climb().steps())
                .anyMatch(step -> step.contains("level 1 of 2: bmc"))
                .anyMatch(step -> step.contains("level 1 of 2 is left"))
                .anyMatch(step -> step.contains("level 2 of 2: pdu"));
    }

    @Test
    void oneOfTwoOutletsIsNoProof() {
        Step second = run(List.of(OUTLETS), read(ON), ordered(ACCEPTED), read(OFF));
        assertThat(second.commands().getFirst())
                .isInstanceOfSatisfying(
                        Ask.class, ask -> assertThat(ask.place()).isEqualTo(new Place(1, 2)));

        Step unknown = follow(second, 10, answer(read(UNKNOWN)), answer(ordered(REFUSED)), answer(read(UNKNOWN)));
        assertThat(unknown.next()).isInstanceOf(FenceLadder.Unknown.class);
        Step failed = follow(second, 10, answer(read(ON)), answer(ordered(REFUSED)), answer(read(ON)));
        assertThat(failed.next())
                .isInstanceOfSatisfying(
                        FenceLadder.Failed.class,
                        end -> assertThat(end.reason())
                                .startsWith("level 1 of 1 (outlet-a and outlet-b): outlet-b refused the order"));
    }

    @Test
    void bothOutletsProveOnlyWhenTheFirstOneIsStillOffAfterTheSecond() {
        Step both = bothOff();
        assertThat(both.next()).isInstanceOf(FenceLadder.Confirming.class);

        assertThat(follow(both, 20, answer(read(OFF))).next())
                .isInstanceOfSatisfying(
                        FenceLadder.Proven.class,
                        proven ->
                                assertThat(proven.evidence()).contains("level 1 of 1: outlet-a: ", "; and outlet-b: "));
        assertThat(follow(both, 20, answer(read(ON))).next())
                .isInstanceOfSatisfying(
                        FenceLadder.Failed.class,
                        failed -> assertThat(failed.reason()).contains("outlet-a was off and is on again"));
        assertThat(follow(both, 20, answer(read(UNKNOWN))).next()).isInstanceOf(FenceLadder.Unknown.class);
        assertThat(FenceLadder.step(both.next(), answer(read(OFF)), 12_000 * MILLI)
                        .next())
                .as("off, and too late")
                .isInstanceOf(FenceLadder.Unknown.class);
    }

    private static Step bothOff() {
        return run(List.of(OUTLETS), read(ON), ordered(ACCEPTED), read(OFF), read(ON), ordered(ACCEPTED), read(OFF));
    }

    @Test
    void failedIsOnlyWhatEachLevelKnows() {
        List<Level> ladder = List.of(BMC, level("pdu"));
        Step unknown = follow(
                run(ladder, read(UNKNOWN), ordered(REFUSED), read(UNKNOWN)),
                10,
                new Noted(),
                answer(read(ON)),
                answer(ordered(REFUSED)),
                answer(read(ON)));
        assertThat(unknown.next()).isInstanceOf(FenceLadder.Unknown.class);
        Step failed = follow(
                run(ladder, read(ON), ordered(REFUSED), read(ON)),
                10,
                new Noted(),
                answer(read(ON)),
                answer(ordered(REFUSED)),
                answer(read(ON)));
        assertThat(((FenceLadder.Failed) failed.next()).reason())
                .contains("level 1 of 2 (bmc): ", "; level 2 of 2 (pdu): ");
    }

    @Test
    void aBarredOrderEndsTheClimbAndNotOnlyTheLevel() {
        assertThat(run(List.of(BMC, OUTLETS), read(ON), new FenceAttempt.Barred("the host is back"))
                        .next())
                .isInstanceOfSatisfying(
                        FenceLadder.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo("the host is back"));
    }

    @Test
    void aClimbBeginsBehindTheLevelsThatAnotherLeaderLeft() {
        Step step =
                FenceLadder.begin(List.of(BMC, OUTLETS), TIMING, List.of(new Left(1, false, "silent")), Set.of(), 0);
        assertThat(step.commands().getFirst())
                .isInstanceOfSatisfying(
                        Ask.class, ask -> assertThat(ask.place()).isEqualTo(new Place(2, 1)));

        Step shorter =
                FenceLadder.begin(List.of(BMC), TIMING, List.of(new Left(2, false, "of another ladder")), Set.of(), 0);
        assertThat(((Ask) shorter.commands().getFirst()).place()).isEqualTo(new Place(1, 1));
    }

    @Test
    void whatWasOrderedBeforeIsReadBeforeItIsOrderedAgain() {
        Step step = FenceLadder.begin(List.of(BMC), TIMING, List.of(), Set.of(new Place(1, 1)), 0);
        assertThat(follow(step, 1, answer(read(OFF))).next()).isInstanceOf(FenceLadder.Proven.class);

        Step ordered = run(List.of(BMC), read(ON), ordered(NO_ANSWER));
        assertThat(ordered.next().climb().ordered()).containsExactly(new Place(1, 1));
        assertThat(run(List.of(BMC), read(ON), ordered(REFUSED)).next().climb().ordered())
                .as("a refused order explains no off")
                .isEmpty();
    }

    @Test
    void levelsShareTheTimeThatIsNotSpokenFor() {
        List<Level> ladder = List.of(
                new Level(List.of("bmc"), 1, Duration.ofSeconds(1), Duration.ofSeconds(5)), level("a"), level("b"));
        Step waiting = FenceLadder.begin(ladder, TIMING, List.of(), Set.of(), 0);
        assertThat(((Ask) waiting.commands().getFirst()).what()).isEqualTo(new Pause(Duration.ofSeconds(1)));
        Step first = FenceLadder.step(waiting.next(), answer(new FenceAttempt.Woke()), 1000 * MILLI);
        assertThat(first.next().climb().levelEnds()).isEqualTo(Duration.ofSeconds(6));
        Step left = FenceLadder.step(first.next(), answer(new FenceAttempt.DeadlinePassed()), 6000 * MILLI);
        Step second = FenceLadder.step(left.next(), new Noted(), 6000 * MILLI);
        assertThat(second.next().climb().levelEnds()).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void aLevelThatGetsNoTimeIsNotTriedAndSaysSo() {
        Step left = FenceLadder.step(
                run(List.of(new Level(List.of("bmc"), 1, Duration.ZERO, Duration.ofSeconds(11)), level("pdu")))
                        .next(),
                answer(new FenceAttempt.DeadlinePassed()),
                12_000 * MILLI);
        assertThat(((FenceLadder.Unknown) left.next()).reason())
                .endsWith("level 2 of 2 (pdu): no time was left for it");
    }

    @Test
    void aLevelIsTriedAsOftenAsItSays() {
        List<Level> twice = List.of(new Level(List.of("bmc"), 2, Duration.ZERO, null));
        Step again = run(twice, read(ON), ordered(REFUSED), read(ON));
        assertThat(again.next().climb().attempt()).isEqualTo(2);
        assertThat(follow(again, 10, answer(read(ON)), answer(ordered(ACCEPTED)), answer(read(OFF)))
                        .next())
                .isInstanceOf(FenceLadder.Proven.class);
        assertThat(follow(again, 10, answer(read(ON)), answer(ordered(REFUSED)), answer(read(ON)))
                        .next())
                .isInstanceOf(FenceLadder.Failed.class);
    }

    @Test
    void failsLoudlyOnAnEventThatCannotHappen() {
        Step begun = run(List.of(BMC));
        assertThatThrownBy(() -> FenceLadder.step(begun.next(), new Noted(), 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Noted cannot happen in Trying");
        Step over = run(List.of(BMC), read(ON), ordered(ACCEPTED), read(OFF));
        assertThatThrownBy(() -> FenceLadder.step(over.next(), answer(read(OFF)), 9))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Read cannot happen in Proven");
        assertThatThrownBy(() -> new Level(List.of(), 1, Duration.ZERO, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Level(List.of("bmc"), 1, Duration.ZERO, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLevelWhoseHostSaysThatItCrashedHasTheWeakestKindOfProof() {
        Read crashed = new Read(new Isolation.Crashed("3 messages", Duration.ofMillis(1)));
        Step last = run(
                List.of(level("kdump", "outlet")),
                crashed,
                ordered(ACCEPTED),
                crashed,
                read(ON),
                ordered(ACCEPTED),
                read(OFF));
        FenceLadder.Proven proven = (FenceLadder.Proven)
                FenceLadder.step(last.next(), answer(crashed), 7 * MILLI).next();
        assertThat(proven.kind()).isEqualTo(FenceProof.Kind.KERNEL_CRASHED);
        assertThat(proven.evidence()).contains("3 messages").contains("read back off");
    }

    @Test
    void aLevelThatRestsOnTheHostItselfSaysSoInItsProofAndIsLookedAtOnceMore() {
        Read fenced = new Read(new Isolation.SelfFenced("bound over", Duration.ofMillis(1)));
        List<Level> both = List.of(level("self-fence", "outlet"));
        Step last = run(both, fenced, ordered(ACCEPTED), fenced, read(ON), ordered(ACCEPTED), read(OFF));
        assertThat(last.next()).isInstanceOf(FenceLadder.Confirming.class);

        FenceLadder.Proven proven = (FenceLadder.Proven)
                FenceLadder.step(last.next(), answer(fenced), 7 * MILLI).next();
        assertThat(proven.kind()).isEqualTo(FenceProof.Kind.SELF_FENCED);
        assertThat(proven.evidence()).contains("bound over").contains("read back off");
        Read back = new Read(new Isolation.Unproven(true, "its lease is still there", Duration.ofMillis(1)));
        assertThat(FenceLadder.step(last.next(), answer(back), 7 * MILLI).next())
                .isInstanceOf(FenceLadder.Unknown.class);
    }

    /** Walks every path of legal events to a depth, and compares what was seen with the table in the class's header. */
    @Test
    void theTableInTheJavadocIsTheTableOfTheCode() throws Exception {
        Set<String> taken = new TreeSet<>();
        walkAll(taken, new TreeSet<>());

        String source = Files.readString(Path.of("src/main/java/io/holdfast/fencing/core/FenceLadder.java"));
        String table = source.substring(source.indexOf("<pre>{@code"), source.indexOf("}</pre>"));
        Pattern row = Pattern.compile(" \\* (\\w+)\\s+(.+?)\\s+(\\w+)");
        Set<String> documented = table.lines()
                .skip(1)
                .map(row::matcher)
                .filter(Matcher::matches)
                .map(cells -> cells.group(1) + " | " + cells.group(2) + " | " + cells.group(3))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(taken).isEqualTo(documented);
    }

    @Test
    void eachReasonForWhichALevelIsLeftIsInTheRunbook() throws Exception {
        Set<String> reasons = new TreeSet<>();
        walkAll(new TreeSet<>(), reasons);
        // What bars an order is said by whoever bars it, and looked for there.
        reasons.remove("barred");
        assertThat(reasons).anyMatch(reason -> reason.contains("no time was left"));
        new FenceReasons().knows(reasons);
    }

    private static void walkAll(Set<String> taken, Set<String> reasons) {
        Duration delay = Duration.ofMillis(100);
        Duration second = Duration.ofSeconds(1);
        List<Level> threeOutlets = List.of(level("a", "b", "c"));
        for (List<Level> ladder : List.of(
                List.of(BMC),
                threeOutlets,
                List.of(OUTLETS, level("bmc")),
                List.of(level("bmc"), new Level(List.of("pdu"), 1, delay, null)),
                List.of(new Level(List.of("bmc"), 2, delay, second)),
                List.of(new Level(List.of("bmc"), 2, Duration.ZERO, second)),
                List.of(new Level(List.of("a", "b"), 2, delay, null)),
                List.of(new Level(List.of("a", "b"), 2, Duration.ZERO, null)))) {
            walk(FenceLadder.begin(ladder, TIMING, List.of(), Set.of(), 0), 0, 0, taken, reasons);
        }
    }

    private static void walk(Step step, int depth, long nowMillis, Set<String> taken, Set<String> reasons) {
        if (step.ended() || depth > 10) {
            return;
        }
        for (Event event : few(step)) {
            for (long later : List.of(nowMillis + 1, 12_000L)) {
                Step next = FenceLadder.step(step.next(), event, later * MILLI);
                taken.add(render(step.next(), event, next));
                next.next().climb().left().forEach(left -> reasons.add(left.reason()));
                if (next.next() instanceof FenceLadder.Failed(Climb _, String reason)) {
                    reasons.add(reason);
                }
                if (next.next() instanceof FenceLadder.Unknown(Climb _, String reason)) {
                    reasons.add(reason);
                }
                // What comes long after the deadline is the same again and again.
                if (later < 12_000) {
                    walk(next, depth + 1, later, taken, reasons);
                }
            }
        }
    }

    /** Enough to take every way through an attempt that the ladder tells apart. */
    private static List<Event> few(Step step) {
        return switch (step.commands().getFirst()) {
            case Note _ -> List.of(new Noted());
            case Ask(Place _, ReadPower _) -> List.of(answer(read(ON)), answer(read(OFF)), answer(read(UNKNOWN)));
            case Ask(Place _, OrderOff _) ->
                List.of(answer(ordered(ACCEPTED)), answer(ordered(REFUSED)), answer(new FenceAttempt.Barred("barred")));
            case Ask(Place _, Pause _) -> List.of(answer(new FenceAttempt.Woke()));
        };
    }

    private static String render(State from, Event event, Step to) {
        String next = to.next().getClass().getSimpleName();
        String what = switch (from) {
            case FenceLadder.Waiting _ -> to.ended() ? "Woke, no time left" : "Woke";
            case FenceLadder.Leaving _ ->
                switch (to.next()) {
                    case FenceLadder.Trying _ -> "Noted";
                    case FenceLadder.Waiting _ -> "Noted, delay";
                    default -> "Noted, no time left";
                };
            case FenceLadder.Trying before -> "Answer, " + came(before, event, to.next());
            case FenceLadder.Confirming before ->
                switch (to.next()) {
                    case FenceLadder.Confirming _ -> "Read(OFF), next device";
                    case FenceLadder.Proven _ -> "Read(OFF), last";
                    default -> "Read(else), " + without(to.next());
                };
            default -> throw new AssertionError("ended: " + from);
        };
        return from.getClass().getSimpleName() + " | " + what + " | " + next;
    }

    private static String came(FenceLadder.Trying before, Event event, State next) {
        if (event instanceof Answer(FenceAttempt.Barred _)) {
            return "barred";
        }
        return switch (next) {
            case FenceLadder.Trying after when after.device() > before.device() -> "proven, next device";
            case FenceLadder.Trying after
            when after.climb().attempt() == before.climb().attempt() -> "goes on";
            case FenceLadder.Confirming _ -> "proven, last of several";
            case FenceLadder.Proven _ -> "proven, only one";
            default -> "no proof, " + without(next);
        };
    }

    private static String without(State next) {
        return switch (next) {
            case FenceLadder.Trying _ -> "again";
            case FenceLadder.Waiting _ -> "again later";
            case FenceLadder.Leaving _ -> "next level";
            case FenceLadder.Failed _ -> "all failed";
            case FenceLadder.Unknown _ -> "else";
            default -> throw new AssertionError(next);
        };
    }

    /**
     * A dumb oracle with sockets: a host has power while one of its outlets is on, and devices that lie, keep silent, refuse
     * or come on again answer by the dice. Whenever a climb proves, there was a moment after its beginning at which the host
     * had no power.
     */
    @Property(tries = 3000)
    void safetyWhatIsProvenWasWithoutPower(@ForAll("dice") List<Integer> dice) {
        List<Level> ladder = List.of(level("a", "b"), level("bmc"), level("a", "b"));
        Map<String, Boolean> on = new HashMap<>(Map.of("a", true, "b", true, "bmc", true));
        boolean wasOff = false;
        long now = 0;
        int turn = 0;
        Step step = FenceLadder.begin(ladder, TIMING, List.of(), Set.of(), 0);
        while (!step.ended()) {
            assertThat(turn).as("a climb ends").isLessThan(2000);
            int one = dice.get(turn % dice.size());
            turn++;
            Event event;
            switch (step.commands().getFirst()) {
                case Note _ -> event = new Noted();
                case Ask(Place _, Pause(Duration length)) -> {
                    now += length.toNanos();
                    event = answer(new FenceAttempt.Woke());
                }
                case Ask(Place place, ReadPower _) -> {
                    String name = ladder.get(place.level() - 1).devices().get(place.device() - 1);
                    // Somebody switches it on again, now and then.
                    if (one % 11 == 0) {
                        on.put(name, true);
                    }
                    event = answer(read(one % 5 == 0 ? UNKNOWN : on.get(name) ? ON : OFF));
                }
                case Ask(Place place, OrderOff _) -> {
                    String name = ladder.get(place.level() - 1).devices().get(place.device() - 1);
                    if (one % 3 != 0) {
                        on.put(name, false);
                    }
                    event = answer(ordered(List.of(ACCEPTED, NO_ANSWER, REFUSED).get(one % 7 % 3)));
                }
            }
            wasOff |= !on.get("bmc") || (!on.get("a") && !on.get("b"));
            now += (one % 6) * 100 * MILLI + MILLI;
            step = FenceLadder.step(step.next(), event, now);
        }
        if (step.next() instanceof FenceLadder.Proven) {
            assertThat(wasOff).isTrue();
            assertThat(now).isLessThan(TIMING.deadline().toNanos());
        }
    }

    @Provide
    Arbitrary<List<Integer>> dice() {
        return Arbitraries.integers().between(0, 1000).list().ofMinSize(5).ofMaxSize(60);
    }

    private static Step run(List<Level> ladder, FenceAttempt.Event... events) {
        Step step = FenceLadder.begin(ladder, TIMING, List.of(), Set.of(), 0);
        long now = 0;
        for (FenceAttempt.Event event : events) {
            now += MILLI;
            step = FenceLadder.step(step.next(), answer(event), now);
        }
        return step;
    }

    private static Step follow(Step step, long fromMillis, Event... events) {
        Step now = step;
        for (int i = 0; i < events.length; i++) {
            now = FenceLadder.step(now.next(), events[i], (fromMillis + i) * MILLI);
        }
        return now;
    }

    private static Event answer(FenceAttempt.Event event) {
        return new Answer(event);
    }

    private static FenceAttempt.Event read(PowerState state) {
        return new Read(new PowerReading(state, "said " + state, Duration.ofMillis(7)));
    }

    private static FenceAttempt.Event ordered(PowerOrder.Answer answer) {
        return new Ordered(new PowerOrder(answer, "said " + answer, Duration.ofMillis(7)));
    }
}
