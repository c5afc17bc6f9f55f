package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.CaseState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** An attempt that is under way asks whether its case still wants it. */
class WantedFencesTest {

    @Test
    void onlyACaseInFencingWantsAnOrder() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            stage.world.instance("vm", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.power.fault(stage.h1, new PowerFault.Dead());
            stage.lose(stage.h1);
            assertThat(stage.until(() -> stage.cases.newest(stage.h1).isPresent() && stage.in(stage.h1, "FENCING")))
                    .isTrue();
            WantedFences fences = new WantedFences();
            CaseState fencing = stage.newest(stage.h1);
            assertThat(fences.calledOff(fencing.id())).isEqualTo("its case wants it no more");
            fences.follow(fencing);
            assertThat(fences.calledOff(fencing.id())).isEmpty();

            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.in(stage.h1, "FENCING")).isFalse();
            fences.follow(stage.newest(stage.h1));
            assertThat(fences.calledOff(fencing.id())).isEqualTo("its case wants it no more");

            fences.follow(fencing);
            fences.forget();
            assertThat(fences.calledOff(fencing.id())).isEqualTo("its case wants it no more");
        }
    }
}
