package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What goal delivery must leave to recovery: it would start at its next round whatever has a home. */
class HeldStartsTest {

    @Test
    void whoeverWaitsForAPlaceIsHeldUntilItIsItsTurnAlsoByTheNextLeader() {
        try (VirtualStage stage = oneStartAtATime()) {
            InstanceId first = important(stage);
            InstanceId second = stage.world.instance("second", stage.h1, RecoveryPolicy.AUTOMATIC);
            assertThat(stage.engine.holdsStart(second)).isFalse();
            fail(stage);
            assertThat(stage.engine.holdsStart(first)).isFalse();
            assertThat(stage.engine.holdsStart(second)).isTrue();

            stage.restart();
            assertThat(stage.engine.holdsStart(second)).isTrue();

            stage.world.finishStart(first);
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.engine.holdsStart(second)).isFalse();
            stage.world.finishStart(second);
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
            stage.assertSafe();
        }
    }

    @Test
    void whoeverIsDeletedWhileItWaitsIsNotHeld() {
        try (VirtualStage stage = oneStartAtATime()) {
            important(stage);
            InstanceId second = stage.world.instance("second", stage.h1, RecoveryPolicy.AUTOMATIC);
            fail(stage);
            assertThat(stage.engine.holdsStart(second)).isTrue();

            stage.world.ownerDeletes(second);
            stage.pass(Duration.ofSeconds(5));

            assertThat(stage.engine.holdsStart(second)).isFalse();
        }
    }

    private static VirtualStage oneStartAtATime() {
        VirtualStage stage = new VirtualStage(VirtualStage.settings(2, 1.0, 1, 32, 4), journal -> journal);
        stage.world.slowStarts(true);
        stage.world.capacity(stage.h3, 512);
        return stage;
    }

    private static InstanceId important(VirtualStage stage) {
        return stage.world.instance("first", stage.h1, RecoveryPolicy.AUTOMATIC, Map.of("holdfast:priority", "900"));
    }

    private static void fail(VirtualStage stage) {
        stage.power.losePower(stage.h1);
        stage.lose(stage.h1);
        stage.pass(Duration.ofSeconds(5));
    }
}
