package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.HostState;
import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Leadership that is in doubt for a moment, and found again at the same epoch before the engine notices, loses no call. */
class MomentOfDoubtTest {

    @Test
    void aCaseIsOpenedAllTheSame() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.suspect(stage.h1);
            stage.lose(stage.h1);
            stage.owner();
            stage.beginCallsInAMomentOfDoubt();
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.cases.newest(stage.h1)).isPresent();
        }
    }

    @Test
    void everyCommandOfARecoveryIsCarriedOutAllTheSame() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.settle();
            stage.power.losePower(stage.h1);
            stage.suspect(stage.h1);
            stage.loseWithPowerOff(stage.h1);
            for (int i = 0; i < 100; i++) {
                stage.owner();
                stage.beginCallsInAMomentOfDoubt();
                stage.owner();
                stage.pass(Duration.ofMillis(200));
            }
            assertThat(stage.cases
                            .newest(stage.h1)
                            .orElseThrow()
                            .state()
                            .phase()
                            .word())
                    .isEqualTo("RECOVERED");
        }
    }

    @Test
    void aHostThatComesBackIsAdmittedAllTheSame() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.join(stage.h1, "boot-9");
            stage.owner();
            stage.beginCallsInAMomentOfDoubt();
            stage.pass(Duration.ofMinutes(1));
            assertThat(stage.world.find(stage.h1).orElseThrow().state()).isEqualTo(HostState.SERVING);
            assertThat(stage.world.find(stage.h1).orElseThrow().bootId()).isEqualTo("boot-9");
        }
    }
}
