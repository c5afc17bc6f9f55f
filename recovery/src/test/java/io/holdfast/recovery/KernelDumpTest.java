package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.KernelDump;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.InstanceId;
import io.holdfast.model.PowerState;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host that says that it dumps keeps its power until that is over, and nothing of it starts elsewhere before it is off. */
class KernelDumpTest {

    private static final Actor ANN = new Actor("ann", "cli");
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private static VirtualStage stage() {
        return new VirtualStage(VirtualStage.usual(), cases -> cases);
    }

    /** Its messages come from the beginning until then. */
    private static void dumpsUntil(VirtualStage stage, Instant end) {
        stage.dumps = (host, patient) -> host.equals(stage.h1) && stage.now().isBefore(end)
                ? Optional.of(new KernelDump(
                        true, stage.now().plusSeconds(30), stage.now().plus(LIMIT), "it dumps"))
                : Optional.empty();
    }

    private static InstanceId silent(VirtualStage stage) {
        InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
        stage.settle();
        stage.lose(stage.h1);
        return a;
    }

    @Test
    void itsPowerIsCutWhenTheDumpIsOverAndOnlyThenItsInstancesGoElsewhere() {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, stage.now().plusSeconds(100));
            InstanceId a = silent(stage);
            stage.pass(Duration.ofSeconds(95));
            assertThat(stage.in(stage.h1, "DUMPING")).isTrue();
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            assertThat(stage.world.runsOn(a)).containsOnly(stage.h1);
            assertThat(told(stage))
                    .containsOnlyOnce("host.dumping")
                    .doesNotContain("host.fence-failed", "host.needs-operator");

            stage.pass(Duration.ofSeconds(60));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
            assertThat(power(stage)).isEqualTo(PowerState.OFF);
            assertThat(kinds(stage)).containsOnlyOnce("dumping", "fence-sent").doesNotContain("dump-limit");
        }
    }

    @Test
    void whereACrashProvesTheAttemptBeginsAtOnceAndIsCalledOffOnlyForDevicesThatCut() {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, Instant.MAX);
            stage.provenByCrash = true;
            InstanceId a = silent(stage);
            stage.pass(Duration.ofSeconds(2));
            assertThat(kinds(stage)).contains("fence-sent").doesNotContain("dump-awaited");
            // The stage's devices cut power; theirs is not cut while the host dumps, whoever else was to be asked
            // before them.
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            assertThat(stage.world.runsOn(a)).containsOnly(stage.h1);
            assertThat(stage.in(stage.h1, "DUMPING")).isTrue();
        }
    }

    @Test
    void whoDumpsWithoutEndIsCutAtTheLimitOfTheFirstMessage() {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, Instant.MAX);
            silent(stage);
            stage.pass(LIMIT.minusSeconds(1));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            stage.pass(Duration.ofSeconds(20));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
            assertThat(kinds(stage)).containsOnlyOnce("dump-limit");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 20, 31, 62, 100, 170})
    void anotherLeaderWaitsNoLonger(int second) {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, Instant.MAX);
            silent(stage);
            stage.pass(Duration.ofSeconds(second));
            stage.restart();
            stage.pass(LIMIT.minusSeconds(second + 1));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            stage.pass(Duration.ofSeconds(20));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
        }
    }

    @Test
    void aSilentHostIsGivenTheTimeToSaySoOnceAndNobodyIsToldOfADump() {
        try (VirtualStage stage = stage()) {
            List<Boolean> asked = new ArrayList<>();
            stage.dumps = (host, patient) -> {
                asked.add(patient);
                return patient
                        ? Optional.of(new KernelDump(
                                false, stage.now().plusSeconds(20), stage.now().plus(LIMIT), "it is given its time"))
                        : Optional.empty();
            };
            silent(stage);
            stage.pass(Duration.ofSeconds(19));
            assertThat(stage.in(stage.h1, "DUMPING")).isTrue();
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
            assertThat(asked.stream().filter(patient -> patient)).hasSize(1);
            assertThat(told(stage)).doesNotContain("host.dumping");
            assertThat(kinds(stage)).contains("dump-awaited");
        }
    }

    @Test
    void powerThatReadsOffIsNotWaitedFor() {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, Instant.MAX);
            silent(stage);
            stage.pass(Duration.ofSeconds(10));
            stage.power.losePower(stage.h1);
            stage.readOff(stage.h1);
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
        }
    }

    @Test
    void aHostThatComesBackIsNotCut() {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, Instant.MAX);
            InstanceId a = silent(stage);
            stage.pass(Duration.ofSeconds(10));
            stage.clear(stage.h1);
            stage.join(stage.h1, "boot-2");
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.in(stage.h1, "PARDONED")).isTrue();
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            assertThat(stage.world.find(a).orElseThrow().home()).isEqualTo(stage.h1);
        }
    }

    @Test
    void anOperatorNeedNotWait() {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, Instant.MAX);
            silent(stage);
            stage.pass(Duration.ofSeconds(10));
            stage.retry(stage.h1);
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
            assertThat(power(stage)).isEqualTo(PowerState.OFF);
        }
    }

    @Test
    void aWordThatItIsIsolatedNeedsNoPowerOff() {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, Instant.MAX);
            silent(stage);
            stage.pass(Duration.ofSeconds(10));
            stage.power.losePower(stage.h1);
            stage.forceDown(stage.h1, true, "unplugged");
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
        }
    }

    @Test
    void whoBeginsToDumpWhileItsPowerIsReadIsNotCutByThatAttempt() {
        try (VirtualStage stage = stage()) {
            stage.whenFenceBegins = () -> dumpsUntil(stage, stage.now().plusSeconds(60));
            silent(stage);
            stage.pass(Duration.ofSeconds(10));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            assertThat(stage.in(stage.h1, "DUMPING")).isTrue();
            CaseState waiting = stage.newest(stage.h1);
            assertThat(((Phase.Dumping) waiting.phase()).attempt()).isEqualTo(1);
            stage.whenFenceBegins = () -> {};
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
        }
    }

    @Test
    void aCaseThatWaitsForADumpCanBeGivenUp() {
        try (VirtualStage stage = stage()) {
            dumpsUntil(stage, Instant.MAX);
            silent(stage);
            stage.pass(Duration.ofSeconds(10));
            stage.call(() -> stage.engine.abandon(stage.newest(stage.h1).id(), ANN, "the dump is worth more"));
            assertThat(stage.in(stage.h1, "ABANDONED")).isTrue();
            assertThat(power(stage)).isEqualTo(PowerState.ON);
        }
    }

    private static PowerState power(VirtualStage stage) {
        return stage.power.device(stage.h1).readPower(Duration.ofSeconds(1)).state();
    }

    private static List<String> told(VirtualStage stage) {
        return stage.cases.facts().stream().map(Fact::type).toList();
    }

    private static List<String> kinds(VirtualStage stage) {
        return stage.cases.timeline(stage.newest(stage.h1).id()).stream()
                .map(CaseView.Entry::kind)
                .toList();
    }
}
