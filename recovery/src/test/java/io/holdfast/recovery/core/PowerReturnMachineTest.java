package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceProof;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.UnfenceSettings;
import io.holdfast.recovery.core.CaseEvent.PoweredOn;
import io.holdfast.recovery.core.CaseEvent.PoweredOn.Power;
import io.holdfast.recovery.core.CaseEvent.ReturnSeen;
import io.holdfast.recovery.store.CaseDocuments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a fenced host gets its power back: by table, and against random worlds with a restart after any step. */
class PowerReturnMachineTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final ReturnSeen CLEAR = new ReturnSeen("", false, null, "", "", false);
    private static final CaseDocuments DOCUMENTS = new CaseDocuments();

    private static RecoverySettings settings(UnfenceSettings.Policy policy, Duration after, boolean afterWord) {
        return RecoverySettings.defaults()
                .with(new UnfenceSettings(
                        policy, after, 2, Duration.ofSeconds(10), Duration.ofMinutes(5), afterWord, false, Map.of()));
    }

    private static final RecoverySettings ON = settings(UnfenceSettings.Policy.POWER_ON, Duration.ofMinutes(3), false);

    // ---- whether it begins

    @Test
    void byDefaultTheHostStaysOffAndNothingIsWaitedFor() {
        CaseState state = recovered(RecoverySettings.defaults(), FenceProof.Kind.POWER_READ_OFF)
                .next();
        assertThat(state.powerReturn()).isNull();
        assertThat(state.returning()).isFalse();
        assertThat(state.nextDeadline()).isNull();
        assertThat(CaseMachine.resume(state)).isEmpty();
    }

    @Test
    void itRestsForAsLongAsThePolicyWants() {
        CaseState state = recovered(ON, FenceProof.Kind.POWER_READ_OFF).next();
        assertThat(stage(state)).isEqualTo(new ReturnStage.Resting(START.plusSeconds(180)));
        assertThat(state.closed()).isTrue();
        assertThat(state.returning()).isTrue();
        assertThat(state.nextDeadline()).isEqualTo(START.plusSeconds(180));
        CaseStep early = step(state, new CaseEvent.Tick(), START.plusSeconds(179));
        assertThat(early.commands()).isEmpty();
        CaseStep due = step(state, new CaseEvent.Tick(), START.plusSeconds(180));
        assertThat(due.commands()).containsExactly(new CaseCommand.LookAtReturn());
    }

    /** The case's segment is {@code s}. */
    private static RecoverySettings inSegment(
            String segment, UnfenceSettings.Policy others, UnfenceSettings.OfSegment own) {
        return RecoverySettings.defaults()
                .with(new UnfenceSettings(
                        others,
                        Duration.ZERO,
                        2,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(5),
                        false,
                        false,
                        Map.of(segment, own)));
    }

    @Test
    void theSegmentsOwnPolicyGoesBeforeThatOfAll() {
        UnfenceSettings.OfSegment later =
                new UnfenceSettings.OfSegment(UnfenceSettings.Policy.POWER_ON, Duration.ofMinutes(4), true, false);
        RecoverySettings here = inSegment("s", UnfenceSettings.Policy.LEAVE_OFF, later);
        assertThat(stage(recovered(here, FenceProof.Kind.POWER_READ_OFF).next()))
                .isEqualTo(new ReturnStage.Resting(START.plusSeconds(240)));
        assertThat(stage(recovered(here, FenceProof.Kind.OPERATOR_CONFIRMED).next()))
                .as("after-word is the segment's too")
                .isInstanceOf(ReturnStage.Resting.class);
        RecoverySettings elsewhere = inSegment("west", UnfenceSettings.Policy.LEAVE_OFF, later);
        assertThat(recovered(elsewhere, FenceProof.Kind.POWER_READ_OFF).next().powerReturn())
                .isNull();
        RecoverySettings offHere =
                inSegment("s", UnfenceSettings.Policy.POWER_ON, UnfenceSettings.OfSegment.defaults());
        assertThat(recovered(offHere, FenceProof.Kind.POWER_READ_OFF).next().powerReturn())
                .isNull();
    }

    @ParameterizedTest
    @EnumSource(
            value = FenceProof.Kind.class,
            names = {"CALLER_STATES_FENCED", "OPERATOR_CONFIRMED"})
    void whoWasIsolatedByAWordStaysOffUnlessThatIsConfigured(FenceProof.Kind word) {
        CaseStep left = recovered(ON, word);
        assertThat(stage(left.next())).isInstanceOf(ReturnStage.LeftOff.class);
        assertThat(left.next().returning()).isFalse();
        assertThat(kinds(left)).contains("left-off");
        RecoverySettings also = settings(UnfenceSettings.Policy.POWER_ON, Duration.ZERO, true);
        assertThat(stage(recovered(also, word).next())).isInstanceOf(ReturnStage.Resting.class);
    }

    @Test
    void whoHasResetItselfIsNotSwitchedOnWhateverIsConfiguredOfWords() {
        RecoverySettings also = settings(UnfenceSettings.Policy.POWER_ON, Duration.ZERO, true);
        CaseStep left = recovered(also, FenceProof.Kind.SELF_FENCED);
        assertThat(stage(left.next()))
                .isInstanceOfSatisfying(
                        ReturnStage.LeftOff.class,
                        stage -> assertThat(stage.reason())
                                .contains("its watchdog")
                                .doesNotContain("somebody's word"));
        assertThat(left.next().returning()).isFalse();
        assertThat(kinds(left)).contains("left-off");
    }

    @Test
    void whoseKernelCrashedWasNotSwitchedOffAndIsNotSwitchedOn() {
        RecoverySettings also = settings(UnfenceSettings.Policy.POWER_ON, Duration.ZERO, true);
        CaseStep left = recovered(also, FenceProof.Kind.KERNEL_CRASHED);
        assertThat(stage(left.next()))
                .isInstanceOfSatisfying(
                        ReturnStage.LeftOff.class,
                        stage -> assertThat(stage.reason()).contains("its kernel crashed"));
    }

    // ---- what speaks against it

    @Test
    void nothingIsOrderedBeforeItWasAskedWhatSpeaksAgainstIt() {
        CaseState asking = asking();
        CaseStep ordered = step(asking, CLEAR, at(200));
        assertThat(ordered.commands()).containsExactly(new CaseCommand.PowerOn(1));
        assertThat(stage(ordered.next())).isEqualTo(new ReturnStage.Ordering(1, at(200).plus(Duration.ofMinutes(5))));
    }

    @Test
    void anObjectionIsWrittenOnceLookedAtAgainAndToldInTheEnd() {
        ReturnSeen against = new ReturnSeen("", false, null, "", "a case of the host is open", false);
        CaseStep first = step(asking(), against, at(200));
        assertThat(first.commands()).isEmpty();
        assertThat(kinds(first)).containsExactly("power-return-opposed");
        assertThat(types(first)).isEmpty();
        CaseState again = step(first.next(), new CaseEvent.Tick(), at(205)).next();
        CaseStep second = step(again, against, at(206));
        assertThat(kinds(second)).isEmpty();
        again = step(second.next(), new CaseEvent.Tick(), at(270)).next();
        CaseStep late = step(again, against, at(270));
        assertThat(types(late)).containsExactly("host.unfence-failed");
        again = step(late.next(), new CaseEvent.Tick(), at(280)).next();
        assertThat(types(step(again, against, at(281)))).as("called once").isEmpty();
        assertThat(step(again, CLEAR, at(281)).commands()).containsExactly(new CaseCommand.PowerOn(1));
    }

    @Test
    void nobodyIsCalledForWhatSomebodyOrdered() {
        ReturnSeen ordered = new ReturnSeen("", false, null, "", "the host is in maintenance, by ann", true);
        CaseState state = asking();
        for (int second = 200; second < 2000; second += 10) {
            CaseStep step = step(state, ordered, at(second));
            assertThat(step.notices()).isEmpty();
            state = step(step.next(), new CaseEvent.Tick(), at(second + 6)).next();
        }
    }

    @Test
    void whoFailsTooOftenStaysOffUntilItIsReleasedAndIsNotLockedUpAgainForTheSame() {
        ReturnSeen flapping = new ReturnSeen("", false, null, "flapping: 3 times", "", false);
        CaseStep locked = step(asking(), flapping, at(200));
        assertThat(locked.commands()).containsExactly(new CaseCommand.Quarantine("flapping: 3 times"));
        assertThat(types(locked)).containsExactly("host.quarantined");
        assertThat(step(locked.next(), new CaseEvent.Tick(), at(300)).commands())
                .as("the store did not answer")
                .containsExactly(new CaseCommand.Quarantine("flapping: 3 times"));
        CaseState stored =
                step(locked.next(), new CaseEvent.QuarantineSet(), at(201)).next();
        assertThat(CaseMachine.resume(stored)).isEmpty();

        ReturnSeen stands = new ReturnSeen("", false, "flapping: 3 times", "flapping: 3 times", "", false);
        CaseState looking = step(stored, new CaseEvent.Tick(), at(240)).next();
        CaseStep still = step(looking, stands, at(240));
        assertThat(still.commands()).isEmpty();
        assertThat(still.lines()).isEmpty();

        CaseState released = step(still.next(), new CaseEvent.Tick(), at(280)).next();
        CaseStep on = step(released, flapping, at(280));
        assertThat(on.commands()).containsExactly(new CaseCommand.PowerOn(1));
        assertThat(Objects.requireNonNull(on.next().powerReturn()).released()).isTrue();
    }

    @Test
    void whatIsSeenWhenTheOrderIsToLeaveCallsItOffAndCountsNoAttempt() {
        CaseState ordering = step(asking(), CLEAR, at(200)).next();
        ReturnSeen against = new ReturnSeen("", false, null, "", "the host is in maintenance, by ann", true);
        CaseState opposed = step(ordering, against, at(201)).next();
        assertThat(stage(opposed)).isInstanceOf(ReturnStage.Opposed.class);
        CaseState again = step(opposed, new CaseEvent.Tick(), at(210)).next();
        assertThat(step(again, CLEAR, at(211)).commands()).containsExactly(new CaseCommand.PowerOn(1));
    }

    @Test
    void whoIsAtAnotherEpochIsAnothersBusiness() {
        CaseState over = step(asking(), new ReturnSeen("at epoch 9", false, null, "", "", false), at(200))
                .next();
        assertThat(stage(over)).isEqualTo(new ReturnStage.Overtaken("at epoch 9"));
        assertThat(over.returning()).isFalse();
    }

    // ---- the order

    @Test
    void onceItReadsOnSomebodyIsToldAndItHasItsTimeToServeAgain() {
        CaseStep on = powered(Power.ON, 1, step(asking(), CLEAR, at(200)).next());
        assertThat(types(on)).containsExactly("host.power-restored");
        assertThat(stage(on.next())).isEqualTo(new ReturnStage.Rejoining("detail", at(201).plusSeconds(300)));
        CaseState served = step(on.next(), new CaseEvent.HostAdmitted(Incarnation.of(2), List.of()), at(260))
                .next();
        assertThat(stage(served)).isEqualTo(new ReturnStage.Restored(at(260)));
    }

    @Test
    void aHostThatHasPowerAndDoesNotServeIsAHumansBusinessOnce() {
        CaseState on =
                powered(Power.ON, 1, step(asking(), CLEAR, at(200)).next()).next();
        CaseStep late = step(on, new CaseEvent.Tick(), at(502));
        assertThat(types(late)).containsExactly("host.unfence-failed");
        assertThat(stage(late.next())).isInstanceOf(ReturnStage.Unanswered.class);
        CaseState again = step(late.next(), new CaseEvent.Tick(), at(540)).next();
        CaseStep ordered = step(again, CLEAR, at(541));
        assertThat(ordered.commands()).containsExactly(new CaseCommand.PowerOn(2));
        CaseStep more = powered(Power.ON, 2, ordered.next());
        assertThat(more.notices()).as("its power was on all the time").isEmpty();
        assertThat(more.lines()).isEmpty();
    }

    @Test
    void afterItsAttemptsAHumanIsCalledAndItIsTriedAgainAllTheSame() {
        CaseStep first = powered(Power.NOT, 1, step(asking(), CLEAR, at(200)).next());
        assertThat(stage(first.next())).isEqualTo(new ReturnStage.Pausing("detail", at(211)));
        assertThat(first.notices()).isEmpty();
        CaseState again = step(first.next(), new CaseEvent.Tick(), at(211)).next();
        CaseStep second = powered(Power.NOT, 2, step(again, CLEAR, at(212)).next());
        assertThat(types(second)).containsExactly("host.unfence-failed");
        CaseState third = step(second.next(), new CaseEvent.Tick(), at(300)).next();
        CaseStep repaired = powered(Power.ON, 3, step(third, CLEAR, at(301)).next());
        assertThat(types(repaired)).containsExactly("host.power-restored");
        CaseStep neverUp = step(repaired.next(), new CaseEvent.Tick(), at(900));
        assertThat(types(neverUp)).as("that is other news").containsExactly("host.unfence-failed");
    }

    @Test
    void whatProvedItOffIsEnoughWhenTheRestDoesNotAnswerAtTheLastAttempt() {
        CaseStep first = powered(Power.ENOUGH, 1, step(asking(), CLEAR, at(200)).next());
        assertThat(stage(first.next())).isInstanceOf(ReturnStage.Pausing.class);
        CaseState again = step(first.next(), new CaseEvent.Tick(), at(211)).next();
        CaseStep second = powered(Power.ENOUGH, 2, step(again, CLEAR, at(212)).next());
        assertThat(stage(second.next())).isInstanceOf(ReturnStage.Rejoining.class);
    }

    @Test
    void anOrderThatGaveWayIsNoFailedAttemptButIsToldWhenItGoesOn() {
        CaseState state = asking();
        List<String> told = new ArrayList<>();
        for (int second = 200; second < 290; second += 10) {
            CaseState ordering = step(state, CLEAR, at(second)).next();
            CaseStep not = step(ordering, new PoweredOn(1, Power.NOT_NOW, "no fence device"), at(second + 1));
            told.addAll(types(not));
            state = step(not.next(), new CaseEvent.Tick(), at(second + 8)).next();
        }
        assertThat(told).containsExactly("host.unfence-failed");
    }

    @Test
    void anOrderWithoutAnAnswerHasFailed() {
        CaseState ordering = step(asking(), CLEAR, at(200)).next();
        CaseState pausing = step(ordering, new CaseEvent.Tick(), at(500)).next();
        assertThat(stage(pausing)).isInstanceOf(ReturnStage.Pausing.class);
        assertThat(stage(powered(Power.ON, 1, pausing).next())).as("too late").isInstanceOf(ReturnStage.Pausing.class);
    }

    // ---- random worlds

    @Property(tries = 500)
    void whateverArrivesItWaitsWithADeadlineAndOrdersOnlyWhatItHasAskedAbout(@ForAll long seed) {
        walk(seed, new TreeSet<>());
    }

    @Test
    void theTableInTheJavadocIsWhatTheMachineDoes() throws IOException {
        TreeSet<String> taken = new TreeSet<>();
        for (long seed = 0; seed < 5000; seed++) {
            walk(seed, taken);
        }
        TreeSet<String> written = new TreeSet<>();
        Pattern line = Pattern.compile("^ \\* ([A-Z_]+)\\s+-> ([A-Z_]+)\\s+(\\w+(?:, \\w+)*)\\s*$");
        for (String text :
                Files.readAllLines(Path.of("src/main/java/io/holdfast/recovery/core/PowerReturnMachine.java"))) {
            Matcher matcher = line.matcher(text);
            if (matcher.matches()) {
                for (String event : matcher.group(3).split(", ")) {
                    written.add(matcher.group(1) + " -> " + matcher.group(2) + " by " + event);
                }
            }
        }
        assertThat(taken).as("transitions taken, and the table").isEqualTo(written);
    }

    private static void walk(long seed, TreeSet<String> taken) {
        Random random = new Random(seed);
        CaseState state = recovered(ON, FenceProof.Kind.POWER_READ_OFF).next();
        Instant now = START;
        for (int i = 0; i < 60 && state.returning(); i++) {
            now = now.plusSeconds(random.nextInt(60) == 0 ? 400 : random.nextInt(20));
            CaseEvent event = any(random, state);
            CaseStep step = step(state, event, now);
            CaseState next = DOCUMENTS.read(DOCUMENTS.write(step.next()));
            assertThat(next)
                    .as("nothing is lost on the way through the journal")
                    .isEqualTo(step.next());
            String before = stage(state).word();
            String after = stage(next).word();
            assertThat(next.closed()).isTrue();
            if (next.returning()) {
                assertThat(next.nextDeadline()).isNotNull();
            }
            assertThat(CaseMachine.resume(next)).containsAll(step.commands());
            if (step.commands().stream().anyMatch(command -> command instanceof CaseCommand.PowerOn)) {
                assertThat(before).isEqualTo("ASKING");
                assertThat(event).isInstanceOfSatisfying(ReturnSeen.class, seen -> {
                    assertThat(seen.overtaken() + seen.objection()).isEmpty();
                    assertThat(seen.quarantine()).isNull();
                });
            }
            if (!before.equals(after) && !after.equals("RESTORED")) {
                taken.add(before + " -> " + after + " by " + event.getClass().getSimpleName());
            }
            state = next;
        }
    }

    private static CaseEvent any(Random random, CaseState state) {
        int attempt = Objects.requireNonNull(state.powerReturn()).attempts();
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> new CaseEvent.Tick();
            case 3 -> CLEAR;
            case 4 ->
                new ReturnSeen(
                        random.nextInt(20) == 0 ? "another epoch" : "",
                        random.nextInt(8) == 0,
                        random.nextInt(4) == 0 ? "flapping" : null,
                        random.nextInt(4) == 0 ? "flapping" : "",
                        random.nextInt(3) == 0 ? "maintenance" : "",
                        random.nextBoolean());
            case 5, 6, 7 ->
                new PoweredOn(
                        attempt - (random.nextInt(9) == 0 ? 1 : 0),
                        Power.values()[random.nextInt(Power.values().length)],
                        "said " + random.nextInt(3));
            case 8 -> new CaseEvent.QuarantineSet();
            default ->
                random.nextInt(30) == 0
                        ? new CaseEvent.HostAdmitted(Incarnation.of(2), List.of())
                        : new CaseEvent.HostReturned("it has a lease again");
        };
    }

    // ---- helpers

    private static CaseStep recovered(RecoverySettings settings, FenceProof.Kind kind) {
        CaseState state = CaseMachine.open(
                        new CaseMachine.Opening(
                                CaseId.of(new UUID(7, 7)),
                                SegmentId.of("s"),
                                HostId.of("h1"),
                                HostEpoch.ZERO,
                                "lost",
                                List.of(),
                                null,
                                false,
                                null,
                                new CaseEvent.HoldReviewed(true, ""),
                                List.of(),
                                List.of(),
                                List.of()),
                        START,
                        settings)
                .next();
        state = CaseMachine.step(state, new CaseEvent.StoreCondemned(), START, settings)
                .next();
        Phase.Proof proof = new Phase.Proof(kind.name(), "read off", START);
        state = CaseMachine.step(state, new CaseEvent.FenceProven(1, proof, List.of()), START, settings)
                .next();
        return CaseMachine.step(state, new CaseEvent.InstancesListed(List.of()), START, settings);
    }

    private static CaseState asking() {
        CaseState rested = recovered(ON, FenceProof.Kind.POWER_READ_OFF).next();
        return step(rested, new CaseEvent.Tick(), at(180)).next();
    }

    private static CaseStep powered(Power how, int attempt, CaseState ordering) {
        return step(ordering, new PoweredOn(attempt, how, "detail"), at(201));
    }

    private static CaseStep step(CaseState state, CaseEvent event, Instant now) {
        return CaseMachine.step(state, event, now, ON);
    }

    private static ReturnStage stage(CaseState state) {
        return Objects.requireNonNull(state.powerReturn()).stage();
    }

    private static Instant at(int second) {
        return START.plusSeconds(second);
    }

    private static List<String> kinds(CaseStep step) {
        return step.lines().stream().map(CaseStep.Line::kind).toList();
    }

    private static List<String> types(CaseStep step) {
        return step.notices().stream().map(CaseStep.Notice::type).toList();
    }
}
