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
import io.holdfast.fencing.core.FenceAttempt.Event;
import io.holdfast.fencing.core.FenceAttempt.OrderOff;
import io.holdfast.fencing.core.FenceAttempt.Ordered;
import io.holdfast.fencing.core.FenceAttempt.Pause;
import io.holdfast.fencing.core.FenceAttempt.Read;
import io.holdfast.fencing.core.FenceAttempt.ReadPower;
import io.holdfast.fencing.core.FenceAttempt.State;
import io.holdfast.fencing.core.FenceAttempt.Step;
import io.holdfast.model.PowerState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FenceAttemptTest {

    private static final AttemptTiming TIMING = new AttemptTiming(
            Duration.ofSeconds(10), Duration.ofSeconds(3), Duration.ofMillis(50), Duration.ofMillis(500), 2);

    private static final long MILLI = 1_000_000;

    @Test
    void provesByReadingOffAfterTheOrderWasAccepted() {
        Step end = run(read(ON), ordered(ACCEPTED), read(OFF));

        FenceAttempt.Proven proven = (FenceAttempt.Proven) end.next();
        assertThat(proven.evidence())
                .isEqualTo("bmc1: power off ordered (ACCEPTED), then read back off on a new session (said OFF)");
        assertThat(proven.steps())
                .containsExactly(
                        "+1 ms read power: ON (said ON, 7 ms)",
                        "+2 ms ordered power off: ACCEPTED (said ACCEPTED, 7 ms)",
                        "+3 ms read back on a new session: OFF (said OFF, 7 ms)");
        assertThat(end.ended()).isTrue();
    }

    @Test
    void ordersAHostOffThatWasOffAlreadyAndSaysSo() {
        assertThat(run(read(OFF)).commands().getFirst()).isInstanceOf(OrderOff.class);
        FenceAttempt.Proven proven = (FenceAttempt.Proven)
                run(read(OFF), ordered(REFUSED), read(OFF)).next();
        assertThat(proven.evidence()).startsWith("bmc1: already off; power off ordered (REFUSED)");
    }

    @Test
    void wantsTwoReadingsOffWhenTheOrderWasRefusedAndTheHostWasOn() {
        assertThat(run(read(ON), ordered(REFUSED), read(OFF)).next()).isInstanceOf(FenceAttempt.Pausing.class);
        assertThat(run(read(ON), ordered(REFUSED), read(OFF), woke(), read(OFF)).next())
                .isInstanceOf(FenceAttempt.Proven.class);
        assertThat(run(read(ON), ordered(REFUSED), read(OFF), woke(), read(ON)).next())
                .isInstanceOf(FenceAttempt.Failed.class);
    }

    @Test
    void failsWhenTheDeviceSaidDoneAndTheHostStillHasPowerAtTheDeadline() {
        Step end = run(read(ON), ordered(ACCEPTED), read(ON), late());

        assertThat(end.next())
                .isInstanceOfSatisfying(
                        FenceAttempt.Failed.class,
                        failed -> assertThat(failed.reason())
                                .isEqualTo("bmc1 said \"done\", and the host still has power"));
    }

    @Test
    void ordersAgainWhenTheOrderWasNotAnsweredAndTheHostIsOnButNotForEver() {
        Step again = run(read(ON), ordered(NO_ANSWER), read(ON));
        assertThat(again.commands().getFirst()).isInstanceOf(OrderOff.class);

        Step enough = run(read(ON), ordered(NO_ANSWER), read(ON), ordered(NO_ANSWER), read(ON));
        assertThat(enough.commands().getFirst()).isInstanceOf(Pause.class);
    }

    @Test
    void believesTheReadingWhenTheAnswerToTheOrderWasLost() {
        assertThat(run(read(ON), ordered(NO_ANSWER), read(OFF)).next()).isInstanceOf(FenceAttempt.Proven.class);
        assertThat(run(read(UNKNOWN), ordered(NO_ANSWER), read(OFF)).next()).isInstanceOf(FenceAttempt.Proven.class);
    }

    @Test
    void readsWhatAnEarlierOrderCameToBeforeItOrdersAgain() {
        Step again = FenceAttempt.beginAgain("bmc1", TIMING, 0, 0);
        assertThat(again.commands().getFirst()).isInstanceOf(FenceAttempt.ReadPower.class);

        Step proven = FenceAttempt.step(again.next(), read(OFF), MILLI);
        assertThat(proven.next())
                .isInstanceOfSatisfying(
                        FenceAttempt.Proven.class,
                        end -> assertThat(end.evidence())
                                .isEqualTo("bmc1: power off ordered (NO_ANSWER), then read back off on a new session"
                                        + " (said OFF)"));
        assertThat(FenceAttempt.step(again.next(), read(ON), MILLI).commands().getFirst())
                .isInstanceOf(OrderOff.class);
    }

    @Test
    void doesNotKeepADeviceBusyWithFurtherOrdersWhileItDoesNotAnswer() {
        Step step = FenceAttempt.beginAgain("bmc1", TIMING, 0, 0);
        List<FenceAttempt.Event> events = List.of(read(UNKNOWN), woke(), read(UNKNOWN), woke(), read(UNKNOWN));
        for (int i = 0; i < events.size(); i++) {
            step = FenceAttempt.step(step.next(), events.get(i), (i + 1) * MILLI);
            assertThat(step.commands().getFirst()).isNotInstanceOf(OrderOff.class);
        }
        assertThat(FenceAttempt.step(step.next(), late(), 10_000 * MILLI).next())
                .isInstanceOf(FenceAttempt.Unknown.class);
    }

    @Test
    void doesNotKnowWhenAllIsSilence() {
        Step end = run(read(UNKNOWN), ordered(NO_ANSWER), read(UNKNOWN), woke(), read(UNKNOWN), late());

        assertThat(end.next())
                .isInstanceOfSatisfying(
                        FenceAttempt.Unknown.class,
                        unknown -> assertThat(unknown.reason())
                                .contains("no reading")
                                .contains("said UNKNOWN"));
    }

    @Test
    void stopsAtOnceWhenALoginIsRefusedBecauseAskingOnLocksTheAccount() {
        assertThat(run(read(UNKNOWN), ordered(REFUSED), read(UNKNOWN)).next()).isInstanceOf(FenceAttempt.Unknown.class);
    }

    @Test
    void anOffReadingThatComesAfterTheDeadlineProvesNothing() {
        Step step = run(read(ON), ordered(ACCEPTED));

        State end = FenceAttempt.step(step.next(), read(OFF), 10_000 * MILLI).next();

        assertThat(end).isInstanceOf(FenceAttempt.Unknown.class);
    }

    @Test
    void aBarredOrderFailsWithItsReason() {
        assertThat(run(read(OFF), new FenceAttempt.Barred("no longer leads")).next())
                .isInstanceOfSatisfying(
                        FenceAttempt.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo("no longer leads"));
    }

    @Test
    void aHostThatStopsItselfIsProvenBySilenceAloneAndNeverByTheOrder() {
        Step waits = run(silent(false), ordered(ACCEPTED), silent(true));
        assertThat(waits.commands()).containsExactly(new Pause(Duration.ofMillis(700)));
        Step end = run(silent(false), ordered(ACCEPTED), silent(true), woke(), selfFenced());
        FenceAttempt.Proven proven = (FenceAttempt.Proven) end.next();
        assertThat(proven.kind()).isEqualTo(FenceProof.Kind.SELF_FENCED);
        assertThat(proven.evidence()).isEqualTo("bmc1: told to stop (ACCEPTED: said ACCEPTED); bound over");
        assertThat(proven.steps())
                .containsExactly(
                        "+1 ms silent, for 700 ms too short (slot still, 7 ms)",
                        "+2 ms ordered the host to stop: ACCEPTED (said ACCEPTED, 7 ms)",
                        "+3 ms silent, for 700 ms too short (slot still, 7 ms)",
                        "+5 ms it has stopped itself (bound over, 7 ms)");
    }

    @Test
    void aCrashThatTheHostTellsProvesWithoutAnOrderThatChangesAnything() {
        Read crashed = new Read(new Isolation.Crashed("3 messages", Duration.ofMillis(7)));
        FenceAttempt.Proven proven =
                (FenceAttempt.Proven) run(unproven(true), ordered(ACCEPTED), unproven(true), woke(), crashed)
                        .next();
        assertThat(proven.kind()).isEqualTo(FenceProof.Kind.KERNEL_CRASHED);
        assertThat(proven.evidence()).isEqualTo("bmc1: 3 messages");
        assertThat(proven.steps().getLast()).isEqualTo("+5 ms its kernel has crashed (3 messages, 7 ms)");
    }

    @Test
    void aPillThatWasNotWrittenIsWrittenAgainAndOneThatStandsIsNot() {
        assertThat(run(unproven(false), ordered(NO_ANSWER), unproven(false))
                        .commands()
                        .getFirst())
                .isInstanceOf(OrderOff.class);
        assertThat(run(unproven(false), ordered(NO_ANSWER), unproven(true))
                        .commands()
                        .getFirst())
                .isInstanceOf(Pause.class);
        Step again = FenceAttempt.beginAgain("self-fence", TIMING, 0, 0);
        assertThat(FenceAttempt.step(again.next(), silent(false), MILLI)
                        .commands()
                        .getFirst())
                .isInstanceOf(OrderOff.class);
    }

    @Test
    void whatCanNeverBeProvenEndsTheAttemptAtOnceAndNobodyKnows() {
        assertThat(run(unprovable(), ordered(REFUSED), unprovable()).next())
                .isInstanceOfSatisfying(
                        FenceAttempt.Unknown.class,
                        unknown -> assertThat(unknown.reason()).isEqualTo("bmc1 proves nothing here: never armed"));
        assertThat(run(silent(false), ordered(ACCEPTED), silent(true), woke(), unproven(true), late())
                        .next())
                .isInstanceOfSatisfying(
                        FenceAttempt.Unknown.class,
                        unknown -> assertThat(unknown.reason())
                                .isEqualTo(
                                        "it was not certain before the deadline that nothing runs on the host any more"
                                                + " (last: lease there)"));
    }

    @Test
    void pausesGrowAndNothingIsAskedPastTheDeadline() {
        List<Duration> pauses = new ArrayList<>();
        Step step = run(read(ON), ordered(ACCEPTED));
        long now = 0;
        while (!step.ended()) {
            switch (step.commands().getFirst()) {
                case Pause pause -> {
                    pauses.add(pause.length());
                    now += pause.length().toNanos();
                    step = FenceAttempt.step(step.next(), woke(), now);
                }
                case ReadPower read -> {
                    assertThat(now + read.timeout().toNanos()).isLessThanOrEqualTo(10_000 * MILLI);
                    now += 20 * MILLI;
                    step = FenceAttempt.step(step.next(), read(ON), now);
                }
                case OrderOff _ -> throw new AssertionError("an accepted order is not repeated");
            }
        }
        assertThat(pauses).extracting(Duration::toMillis).startsWith(50L, 100L, 200L, 400L, 500L, 500L);
        assertThat(step.next()).isInstanceOf(FenceAttempt.Failed.class);
    }

    @Test
    void theFirstQuestionLeavesTimeForTheOrder() {
        AttemptTiming tight = new AttemptTiming(
                Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofMillis(50), Duration.ofMillis(500), 1);

        assertThat(FenceAttempt.begin("bmc1", tight, 0, 0).commands())
                .containsExactly(new ReadPower(Duration.ofMillis(500)));
    }

    @Test
    void failsLoudlyOnAnEventThatCannotHappen() {
        Step begun = FenceAttempt.begin("bmc1", TIMING, 0, 0);
        assertThatThrownBy(() -> FenceAttempt.step(begun.next(), woke(), 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Woke cannot happen in Reading");
        assertThatThrownBy(() -> FenceAttempt.step(
                        run(read(ON), ordered(ACCEPTED), read(OFF)).next(), read(ON), 1))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> FenceAttempt.step(run(read(ON)).next(), read(ON), 1))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(
                        () -> FenceAttempt.step(run(read(ON), ordered(ACCEPTED)).next(), woke(), 1))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> FenceAttempt.step(
                        run(read(ON), ordered(ACCEPTED), read(ON)).next(), read(ON), 1))
                .isInstanceOf(IllegalStateException.class);
    }

    /** Walks every path of legal events to a depth, and compares what was seen with the table in the class's header. */
    @Test
    void theTableInTheJavadocIsTheTableOfTheCode() throws Exception {
        Set<String> taken = new TreeSet<>();
        walk(FenceAttempt.begin("bmc1", TIMING, 0, 0), 0, taken, new TreeSet<>(), FenceAttemptTest::legal);
        walk(
                FenceAttempt.begin("self-fence", TIMING, 0, 0),
                0,
                taken,
                new TreeSet<>(),
                FenceAttemptTest::legalWithoutPower);

        String source = Files.readString(Path.of("src/main/java/io/holdfast/fencing/core/FenceAttempt.java"));
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
    void eachReasonOfAnAttemptThatProvedNothingIsInTheRunbook() throws Exception {
        Set<String> reasons = new TreeSet<>();
        walk(FenceAttempt.begin("bmc1", TIMING, 0, 0), 0, new TreeSet<>(), reasons, FenceAttemptTest::legal);
        walk(
                FenceAttempt.begin("self-fence", TIMING, 0, 0),
                0,
                new TreeSet<>(),
                reasons,
                FenceAttemptTest::legalWithoutPower);
        // What bars an order is said by whoever bars it, and looked for there.
        reasons.remove("barred");
        assertThat(reasons).hasSizeGreaterThan(5);
        new FenceReasons().knows(reasons);
    }

    private static void walk(
            Step step, int depth, Set<String> taken, Set<String> reasons, Function<Step, List<Event>> legal) {
        switch (step.next()) {
            case FenceAttempt.Failed(String reason, List<String> _) -> reasons.add(reason);
            case FenceAttempt.Unknown(String reason, List<String> _) -> reasons.add(reason);
            default -> {}
        }
        if (step.ended() || depth > 7) {
            return;
        }
        for (Event event : legal.apply(step)) {
            Step next = FenceAttempt.step(step.next(), event, (depth + 1) * MILLI);
            taken.add(render(step.next(), event, next.next()));
            walk(next, depth + 1, taken, reasons, legal);
        }
    }

    private static List<Event> legal(Step step) {
        return switch (step.commands().getFirst()) {
            case ReadPower _ -> List.of(read(ON), read(OFF), read(UNKNOWN), late());
            case OrderOff _ ->
                List.of(
                        ordered(ACCEPTED),
                        ordered(NO_ANSWER),
                        ordered(REFUSED),
                        new FenceAttempt.Barred("barred"),
                        late());
            case Pause _ -> List.of(woke(), late());
        };
    }

    private static List<Event> legalWithoutPower(Step step) {
        return step.commands().getFirst() instanceof ReadPower
                ? List.of(
                        silent(true),
                        silent(false),
                        unproven(true),
                        unproven(false),
                        unprovable(),
                        selfFenced(),
                        late())
                : legal(step);
    }

    private static Event silent(boolean told) {
        return new Read(new Isolation.Silent(Duration.ofMillis(700), told, "slot still", Duration.ofMillis(7)));
    }

    private static Event unproven(boolean told) {
        return new Read(new Isolation.Unproven(told, "lease there", Duration.ofMillis(7)));
    }

    private static Event unprovable() {
        return new Read(new Isolation.Unprovable("never armed", Duration.ofMillis(7)));
    }

    private static Event selfFenced() {
        return new Read(new Isolation.SelfFenced("bound over", Duration.ofMillis(7)));
    }

    private static String render(State from, Event event, State to) {
        String what = switch (from) {
            case FenceAttempt.Reading _ -> event instanceof Read ? "Read(any)" : simple(event);
            case FenceAttempt.Ordering _ -> event instanceof Ordered ? "Ordered(any)" : simple(event);
            case FenceAttempt.Pausing s -> simple(event) + sinceWhat(event, s.word());
            case FenceAttempt.ReadingBack s ->
                switch (event) {
                    case Read(Isolation.Power(PowerReading reading)) ->
                        "Read(" + reading.state() + "), " + orderWhat(reading.state(), s);
                    case Read(Isolation.Silent silent) -> "Read(SILENT), " + told(silent.told(), s.word());
                    case Read(Isolation.Unproven unproven) -> "Read(UNPROVEN), " + told(unproven.told(), s.word());
                    case Read(Isolation.Unprovable _) -> "Read(UNPROVABLE)";
                    case Read(Isolation.SelfFenced _) -> "Read(FENCED)";
                    case Read(Isolation.Crashed _) -> "Read(CRASHED)";
                    default -> simple(event) + sinceWhat(event, s.word());
                };
            default -> throw new AssertionError("ended: " + from);
        };
        return simple(from) + " | " + what + " | " + simple(to);
    }

    private static String told(boolean told, FenceAttempt.Word word) {
        boolean lost = !told && word.order().answer() == NO_ANSWER && word.orders() < TIMING.ordersLimit();
        return lost ? "order lost" : "else";
    }

    private static @Nullable PowerState power(@Nullable Isolation isolation) {
        return isolation instanceof Isolation.Power(PowerReading reading) ? reading.state() : null;
    }

    private static String orderWhat(PowerState reading, FenceAttempt.ReadingBack state) {
        FenceAttempt.Word word = state.word();
        PowerOrder.Answer answer = word.order().answer();
        @Nullable PowerState before = word.since() == null ? state.progress().first() : power(word.since());
        return switch (reading) {
            case OFF -> answer != REFUSED ? "not refused" : before == OFF ? "refused, OFF before" : "refused, else";
            case ON ->
                switch (answer) {
                    case ACCEPTED -> "accepted";
                    case REFUSED -> "refused";
                    case NO_ANSWER -> word.orders() < TIMING.ordersLimit() ? "no answer" : "no answer, last order";
                };
            case UNKNOWN -> answer == REFUSED ? "refused" : "not refused";
        };
    }

    private static String sinceWhat(Event event, FenceAttempt.Word word) {
        if (!(event instanceof FenceAttempt.DeadlinePassed)) {
            return "";
        }
        return power(word.since()) == ON ? ", last ON" : ", else";
    }

    private static String simple(Object value) {
        return value.getClass().getSimpleName();
    }

    @Property(tries = 2000)
    void safetyIsProvenOnlyByAReadingOffInTimeAfterAnOrder(@ForAll("worlds") List<Integer> answers) {
        Step step = FenceAttempt.begin("bmc1", TIMING, 0, 0);
        long now = 0;
        boolean ordered = false;
        @Nullable PowerState lastSinceOrder = null;
        int turn = 0;
        while (!step.ended()) {
            assertThat(turn).as("an attempt ends").isLessThan(400);
            int dice = answers.get(turn % answers.size());
            turn++;
            // An answer takes as long as the dice say; a pause takes its time, which is why an attempt ends.
            now += step.commands().getFirst() instanceof Pause(Duration length)
                    ? length.toNanos()
                    : (dice % 7) * 300 * MILLI + MILLI;
            List<Event> legal = legal(step);
            Event event = legal.get(dice % legal.size());
            if (event instanceof Ordered) {
                ordered = true;
                lastSinceOrder = null;
            } else if (ordered && event instanceof Read(Isolation.Power(PowerReading reading))) {
                lastSinceOrder = reading.state();
            }
            step = FenceAttempt.step(step.next(), event, now);
        }
        if (step.next() instanceof FenceAttempt.Proven) {
            assertThat(ordered).isTrue();
            assertThat(lastSinceOrder).isEqualTo(OFF);
            assertThat(now).isLessThan(TIMING.deadline().toNanos());
        }
    }

    @Property(tries = 2000)
    void safetyAHostThatStopsItselfIsProvenOnlyByThatAnswerInTime(@ForAll("worlds") List<Integer> answers) {
        Step step = FenceAttempt.begin("self-fence", TIMING, 0, 0);
        long now = 0;
        boolean ordered = false;
        @Nullable Event last = null;
        for (int turn = 0; !step.ended(); turn++) {
            assertThat(turn).as("an attempt ends").isLessThan(400);
            int dice = answers.get(turn % answers.size());
            now += step.commands().getFirst() instanceof Pause(Duration length)
                    ? length.toNanos()
                    : (dice % 7) * 300 * MILLI + MILLI;
            List<Event> legal = legalWithoutPower(step);
            last = legal.get(dice % legal.size());
            ordered |= last instanceof Ordered;
            step = FenceAttempt.step(step.next(), last, now);
        }
        if (step.next() instanceof FenceAttempt.Proven) {
            assertThat(ordered).isTrue();
            assertThat(last).isEqualTo(selfFenced());
            assertThat(now).isLessThan(TIMING.deadline().toNanos());
        }
    }

    @Provide
    Arbitrary<List<Integer>> worlds() {
        return Arbitraries.integers().between(0, 1000).list().ofMinSize(3).ofMaxSize(30);
    }

    private static Step run(Event... events) {
        Step step = FenceAttempt.begin("bmc1", TIMING, 0, 0);
        long now = 0;
        for (Event event : events) {
            now += MILLI;
            step = FenceAttempt.step(step.next(), event, now);
        }
        return step;
    }

    private static Event read(PowerState state) {
        return new Read(new PowerReading(state, "said " + state, Duration.ofMillis(7)));
    }

    private static Event ordered(PowerOrder.Answer answer) {
        return new Ordered(new PowerOrder(answer, "said " + answer, Duration.ofMillis(7)));
    }

    private static Event woke() {
        return new FenceAttempt.Woke();
    }

    private static Event late() {
        return new FenceAttempt.DeadlinePassed();
    }
}
