package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A lease may outlive its host, for ever while ZooKeeper has no quorum. It alone brings nobody back from the dead. */
class LeaseOfAnEndedLifeTest {

    @Test
    void isNoReturnWhileTheGroupMayStillMissTheHost() {
        try (VirtualStage stage = fencedWithoutRoomElsewhere()) {
            stage.electAnew();
            stage.join(stage.h1, "boot-1");
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.newest(stage.h1).returnedAt()).isNull();

            stage.suspect(stage.h1);
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.newest(stage.h1).returnedAt()).isNull();
            assertThat(stage.in(stage.h1, "EVACUATING")).isTrue();

            stage.world.capacity(stage.h2, 4096);
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.world.runsOn(World.id("vm"))).containsExactly(stage.h2);
            stage.assertSafe();
        }
    }

    @Test
    void isAReturnOnceNothingElseMissesTheHost() {
        try (VirtualStage stage = fencedWithoutRoomElsewhere()) {
            stage.electAnew();
            stage.join(stage.h1, "boot-1");
            stage.pass(Duration.ofSeconds(30));
            assertThat(stage.newest(stage.h1).returnedAt()).isNotNull();
        }
    }

    @Test
    void ofAnotherBootIsAReturnAtOnce() {
        try (VirtualStage stage = fencedWithoutRoomElsewhere()) {
            stage.power.restorePower(stage.h1);
            stage.join(stage.h1, "boot-2");
            stage.pass(Duration.ofSeconds(2));
            assertThat(stage.newest(stage.h1).returnedAt()).isNotNull();
            assertThat(stage.world.runsOn(World.id("vm"))).containsExactly(stage.h1);
            stage.assertSafe();
        }
    }

    @Test
    void isNoReturnForALeaderWhoseMembershipSuspectsTheHost() {
        try (VirtualStage stage = fencedWithoutRoomElsewhere()) {
            stage.join(stage.h1, "boot-1");
            stage.suspect(stage.h1);
            stage.electAnew();
            stage.pass(Duration.ofMinutes(1));
            assertThat(stage.newest(stage.h1).returnedAt()).isNull();
        }
    }

    private static VirtualStage fencedWithoutRoomElsewhere() {
        VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases);
        stage.world.instance("vm", stage.h1, RecoveryPolicy.AUTOMATIC);
        stage.world.capacity(stage.h2, 512);
        stage.world.capacity(stage.h3, 512);
        stage.join(stage.h1, "boot-1");
        stage.pass(Duration.ofSeconds(2));
        stage.power.losePower(stage.h1);
        stage.suspect(stage.h1);
        stage.lose(stage.h1);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.in(stage.h1, "EVACUATING")).isTrue();
        return stage;
    }
}
