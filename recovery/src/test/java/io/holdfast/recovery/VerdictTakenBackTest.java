package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A verdict waits while the journal is away; what membership says meanwhile counts. */
class VerdictTakenBackTest {

    @Test
    void opensNoCaseForAHostThatIsWellAgainWhenItsVerdictIsHeard() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.settle();
            stage.suspect(stage.h1);
            stage.lose(stage.h1);
            stage.clear(stage.h1);
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.cases.newest(stage.h1)).isEmpty();
        }
    }

    @Test
    void opensNoCaseForAHostThatIsMerelySuspectedAgainWhenItsVerdictIsHeard() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.loseWithPowerOff(stage.h1);
            stage.suspect(stage.h1);
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.cases.newest(stage.h1)).isEmpty();
        }
    }

    @Test
    void leavesAVerdictOfAnEarlierLeadershipToWhatMembershipSaysAfterItsGracePeriod() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.suspect(stage.h1);
            stage.lose(stage.h1);
            stage.electAnew();
            stage.pass(Duration.ofSeconds(2));
            assertThat(stage.cases.newest(stage.h1)).isEmpty();

            stage.lose(stage.h1);
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.cases.newest(stage.h1)).isPresent();
        }
    }

    @Test
    void opensOneForAHostThatIsStillLost() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.settle();
            stage.suspect(stage.h1);
            stage.lose(stage.h1);
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.cases.newest(stage.h1)).isPresent();
        }
    }
}
