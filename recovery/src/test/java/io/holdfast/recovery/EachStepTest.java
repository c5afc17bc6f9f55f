package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.HostState;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same failure with something going wrong at each single step of it. */
class EachStepTest {

    @ParameterizedTest(name = "write {0} fails {1} times")
    @CsvSource({"1,1", "2,1", "3,1", "4,1", "5,1", "6,1", "7,1", "8,1", "1,4", "2,4", "3,4", "4,4", "5,4", "6,4", "7,4"})
    void theCaseGoesOnWhenTheJournalFailsAtOneStep(int nth, int times) {
        FailingJournal[] failing = new FailingJournal[1];
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> {
            failing[0] = new FailingJournal(cases);
            return failing[0];
        })) {
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            InstanceId b = stage.world.instance("b", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.settle();
            failing[0].failFrom(nth, times);
            losesPower(stage);
            recoveredOnce(stage, a, b);
            assertThat(stage.cases.facts().stream().map(Fact::id)).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest(name = "call {0} fails")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void theCaseGoesOnWhenTheStoreFailsAtOneCall(int nth) {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            InstanceId b = stage.world.instance("b", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.settle();
            stage.world.failCalls(nth, 3);
            losesPower(stage);
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.world.calls()).as("the call that was to fail was made").isGreaterThan(nth);
            stage.world.failCalls(Integer.MAX_VALUE, 0);
            recoveredOnce(stage, a, b);
        }
    }

    @ParameterizedTest(name = "back at {0}")
    @ValueSource(
            strings = {"CONDEMNED", "FENCING", "FENCE_BACKOFF", "NEEDS_OPERATOR", "FENCED", "EVACUATING", "RECOVERED"})
    void aHostThatComesBackAtAnyPhaseEndsServingAndNothingRunsTwice(String phase) {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            InstanceId plain = stage.world.instance("plain", stage.h1, RecoveryPolicy.NONE);
            stage.settle();
            stage.world.silence(stage.h1, true);
            if (phase.equals("FENCE_BACKOFF") || phase.equals("NEEDS_OPERATOR")) {
                stage.power.fault(stage.h1, new PowerFault.Dead());
            }
            stage.lose(stage.h1);
            assertThat(stage.until(() -> stage.in(stage.h1, phase))).as(phase).isTrue();

            returns(stage, "boot-2");
            stage.pass(Duration.ofMinutes(2));
            if (!stage.power.hasPower(stage.h1)) {
                // An order that was under way reached it after it had come back: it is dead again, and boots again.
                stage.loseWithPowerOff(stage.h1);
                stage.pass(Duration.ofMinutes(2));
                returns(stage, "boot-3");
                stage.pass(Duration.ofMinutes(2));
            }

            assertThat(stage.world.find(stage.h1).orElseThrow().state()).isEqualTo(HostState.SERVING);
            assertThat(stage.newest(stage.h1).closed()).isTrue();
            assertThat(stage.world.runsOn(a)).hasSize(1);
            assertThat(stage.world.runsOn(plain)).containsExactly(stage.h1);
            assertThat(stage.world.runsOn(a))
                    .containsExactly(stage.world.find(a).orElseThrow().home());
            stage.assertSafe();
        }
    }

    @Test
    void noMoreStartAtOnceThanADestinationAndTheWholeMayTake() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.settings(2, 1.0, 2, 3, 4), cases -> cases)) {
            List<InstanceId> all = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                all.add(stage.world.instance("i" + i, stage.h1, RecoveryPolicy.AUTOMATIC));
            }
            stage.settle();
            stage.world.slowStarts(true);
            losesPower(stage);
            stage.pass(Duration.ofSeconds(1));
            int finished = 0;
            while (!stage.world.ordered().isEmpty()) {
                assertThat(stage.world.ordered()).hasSizeLessThanOrEqualTo(3);
                CaseState state = stage.newest(stage.h1);
                assertThat(state.moves().stream().map(Move::state).filter(MoveState.Waiting.class::isInstance))
                        .as("all are claimed at once; only starting is bounded")
                        .isEmpty();
                stage.world.finishStart(stage.world.ordered().getFirst());
                finished++;
                stage.settle();
            }
            assertThat(finished).isEqualTo(9);
            assertThat(stage.world.startingAtMost(stage.h2)).isLessThanOrEqualTo(2);
            assertThat(stage.world.startingAtMost(stage.h3)).isLessThanOrEqualTo(2);
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
            all.forEach(id -> assertThat(stage.world.runsOn(id)).hasSize(1));
            stage.assertSafe();
        }
    }

    /**
     * The new home's case closed and nobody remembers it: only the first case's row, with a move that waits for it, and
     * the closed case's row are left.
     */
    @Test
    void whatWasAskedForIsTakenUpFromAClosedCaseAfterARestart() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            InstanceId watched = stage.world.instance("watched", stage.h1, RecoveryPolicy.NOTIFY);
            stage.settle();
            losesPower(stage);
            stage.pass(Duration.ofSeconds(5));
            stage.world.silence(stage.h2, true);
            assertThat(stage.evacuate("watched", stage.h2)).isInstanceOf(Recovery.EvacuationAnswer.Accepted.class);
            stage.pass(Duration.ofMinutes(2));
            // As a controller before ours left it: h2's own case lists the instance, leaves it by its policy, and closes.
            stage.closedCaseThatLeftIt(stage.h2, watched);
            stage.restart();
            stage.pass(Duration.ofMinutes(1));
            assertThat(stage.world.runsOn(watched)).containsExactly(stage.h3);
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
            assertThat(stage.in(stage.h2, "RECOVERED")).isTrue();
            stage.assertSafe();
        }
    }

    private static void losesPower(VirtualStage stage) {
        stage.power.losePower(stage.h1);
        stage.lose(stage.h1);
    }

    private static void returns(VirtualStage stage, String boot) {
        HostId host = stage.h1;
        stage.power.fault(host, new PowerFault.None());
        stage.power.restorePower(host);
        stage.world.silence(host, false);
        stage.join(host, boot);
    }

    private static void recoveredOnce(VirtualStage stage, InstanceId... instances) {
        stage.pass(Duration.ofMinutes(2));
        assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
        for (InstanceId id : instances) {
            assertThat(stage.world.runsOn(id)).hasSize(1).doesNotContain(stage.h1);
            assertThat(stage.world.find(id).orElseThrow().generation().value()).isEqualTo(2);
        }
        assertThat(stage.world.starts()).isEqualTo(instances.length);
        assertThat(stage.cases.list(stage.h1, null, 10)).hasSize(1);
        stage.assertSafe();
    }

    /** Its nth write, counted from now, fails a few times before anything is written. */
    private static final class FailingJournal extends ForwardingJournal {
        private final AtomicInteger writes = new AtomicInteger();
        private int from = Integer.MAX_VALUE;
        private int left;

        FailingJournal(CaseJournal journal) {
            super(journal);
        }

        void failFrom(int nth, int times) {
            writes.set(0);
            from = nth;
            left = times;
        }

        @Override
        void beforeWriting() {
            if (writes.incrementAndGet() >= from && left-- > 0) {
                throw new IllegalStateException("the database is away");
            }
        }
    }
}
