package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An operator's word about one instance of a case, and what is answered when it means nothing. */
class OneInstanceTest {

    private static final Actor WHO = new Actor("op", "cli");

    @Test
    void aWordAboutNothingIsRefusedAndSaysWhy() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), journal -> journal)) {
            InstanceId vm = stage.world.instance("vm", stage.h1, RecoveryPolicy.AUTOMATIC);
            InstanceId other = stage.world.instance("other", stage.h2, RecoveryPolicy.AUTOMATIC);
            stage.power.losePower(stage.h1);
            stage.lose(stage.h1);
            stage.pass(Duration.ofSeconds(5));
            CaseId id = stage.newest(stage.h1).id();
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();

            CaseId unknown = CaseId.of(new UUID(5, 5));
            refused(Kind.NOT_FOUND, "no case", () -> stage.engine.retry(unknown, vm, WHO));
            refused(Kind.NOT_FOUND, "is not about an instance", () -> stage.engine.abandon(id, other, WHO, "x"));
            refusedByCase(stage, "nothing can be tried again: it is RUNNING", () -> stage.engine.retry(id, vm, WHO));
            refusedByCase(
                    stage,
                    "the case is RECOVERED, and moves nothing now",
                    () -> stage.engine.abandon(id, vm, WHO, "x"));
        }
    }

    @Test
    void oneThatWasAbandonedGoesOnAtHomeWhenThatReturns() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), journal -> journal)) {
            InstanceId vm = stage.world.instance("vm", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.world.capacity(stage.h2, 512);
            stage.world.capacity(stage.h3, 512);
            stage.power.losePower(stage.h1);
            stage.lose(stage.h1);
            stage.pass(Duration.ofSeconds(5));
            stage.abandon(stage.h1, "vm", "not worth it");
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();

            stage.power.restorePower(stage.h1);
            stage.join(stage.h1, "boot-2");
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.world.runsOn(vm)).containsExactly(stage.h1);
            stage.assertSafe();
        }
    }

    @Test
    void roomForOneGoesToTheMoreImportantOneOfAnyCase() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), journal -> journal)) {
            InstanceId low =
                    stage.world.instance("low", stage.h1, RecoveryPolicy.AUTOMATIC, Map.of(TermsRule.PRIORITY, "1"));
            InstanceId high =
                    stage.world.instance("high", stage.h2, RecoveryPolicy.AUTOMATIC, Map.of(TermsRule.PRIORITY, "900"));
            stage.world.capacity(stage.h2, 1024);
            stage.world.capacity(stage.h3, 512);
            for (HostId host : List.of(stage.h1, stage.h2)) {
                stage.power.losePower(host);
                stage.loseWithPowerOff(host);
                stage.pass(Duration.ofSeconds(3));
            }
            assertThat(stage.in(stage.h1, "EVACUATING")).isTrue();
            assertThat(stage.in(stage.h2, "EVACUATING")).isTrue();

            stage.world.capacity(stage.h3, 1024);
            stage.pass(Duration.ofSeconds(30));

            assertThat(stage.world.runsOn(high)).containsExactly(stage.h3);
            assertThat(stage.world.runsOn(low)).isEmpty();
            stage.assertSafe();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 120, 0, 60, 'recovery.instances.default-priority must be between 0 and 1000, is -1'",
        "100, 0, 0, 60, 'recovery.instances.dependency-limit must be between 1s and 86400s, is 0ms'",
        "100, 120, 11, 60, 'recovery.instances.restart-limit must be between 0 and 10, is 11'",
        "100, 120, 0, 601, 'recovery.instances.say-limit must be between 1s and 600s, is 601000ms'"
    })
    void aSettingOutsideItsRangeIsRefusedByTheKeysName(
            int priority, long limit, int restarts, long say, String message) {
        assertThatThrownBy(() -> new InstanceSettings(
                        priority,
                        Duration.ofSeconds(limit),
                        restarts,
                        Duration.ofMinutes(5),
                        2,
                        Duration.ofSeconds(say)))
                .hasMessage(message);
    }

    @Test
    void pinsTheDefaults() {
        assertThat(InstanceSettings.defaults())
                .isEqualTo(new InstanceSettings(
                        100, Duration.ofMinutes(2), 0, Duration.ofMinutes(5), 2, Duration.ofMinutes(10)));
    }

    private static void refused(Kind kind, String words, ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(words);
    }

    /** The owner thread is this one, so the question needs another. */
    private static void refusedByCase(VirtualStage stage, String words, Runnable act) {
        assertThatThrownBy(() -> stage.call(act))
                .hasCauseInstanceOf(ComputeException.class)
                .cause()
                .hasMessageContaining(words)
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONFLICT));
    }
}
