package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.HostState;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.PowerState;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.PowerReturn;
import io.holdfast.recovery.core.ReturnStage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real engine and fencer give fenced hosts their power back. */
class PowerReturnsTest {

    private static final Actor ANN = new Actor("ann", "cli");

    private static RecoverySettings on(Duration after, GuardSettings guards) {
        return VirtualStage.usual()
                .with(guards)
                .with(new UnfenceSettings(
                        UnfenceSettings.Policy.POWER_ON,
                        after,
                        2,
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(2),
                        false,
                        false,
                        Map.of()));
    }

    private static VirtualStage stage(Duration after) {
        return new VirtualStage(on(after, GuardSettings.defaults()), cases -> cases);
    }

    @Test
    void aFencedHostGetsItsPowerBackAfterItsRestAndServesAgain() {
        try (VirtualStage stage = stage(Duration.ofMinutes(10))) {
            InstanceId a = fenced(stage);
            assertThat(stage.world.runsOn(a)).doesNotContain(stage.h1);
            stage.pass(Duration.ofMinutes(9));
            assertThat(power(stage)).isEqualTo(PowerState.OFF);
            assertThat(word(stage)).isEqualTo("RESTING");
            stage.pass(Duration.ofMinutes(1));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            assertThat(word(stage)).isEqualTo("REJOINING");
            stage.join(stage.h1, "boot-2");
            stage.pass(Duration.ofSeconds(5));
            assertThat(word(stage)).isEqualTo("RESTORED");
            assertThat(stage.world.find(stage.h1).orElseThrow().state()).isEqualTo(HostState.SERVING);
            assertThat(told(stage))
                    .contains("host.power-restored", "host.returned")
                    .doesNotContain("host.unfence-failed");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30})
    void aControllerThatDiesAtAnyMomentLeavesARowFromWhichTheNextOneGoesOn(int acts) {
        try (VirtualStage stage = stage(Duration.ZERO)) {
            stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.settle();
            stage.power.losePower(stage.h1);
            stage.loseWithPowerOff(stage.h1);
            assertThat(stage.until(() -> stage.in(stage.h1, "RECOVERED"))).isTrue();
            for (int i = 0; i < acts; i++) {
                stage.once();
            }
            stage.restart();
            stage.pass(Duration.ofSeconds(30));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            assertThat(word(stage)).isEqualTo("REJOINING");
            assertThat(told(stage)).containsOnlyOnce("host.power-restored");
        }
    }

    /** Its case would be over with the proof, and power comes back after that: the question failed, and with it every look at the host. */
    @Test
    void whatWouldBeDoneAboutAHostWithoutInstancesCanBeAsked() {
        try (VirtualStage stage = stage(Duration.ofMinutes(1))) {
            stage.settle();
            AtomicReference<WhatIf> answer = new AtomicReference<>();
            stage.call(() -> answer.set(stage.engine.whatIf(List.of(stage.h1), false)));
            assertThat(answer.get()).isNotNull();
            assertThat(power(stage)).isEqualTo(PowerState.ON);
        }
    }

    @Test
    void whatIsInMaintenanceStaysOffUntilThatEnds() {
        try (VirtualStage stage = stage(Duration.ofMinutes(1))) {
            fenced(stage);
            stage.call(() -> stage.engine.maintenance(stage.h1, true, ANN, "new memory"));
            stage.pass(Duration.ofMinutes(30));
            assertThat(power(stage)).isEqualTo(PowerState.OFF);
            assertThat(word(stage)).isEqualTo("OPPOSED");
            assertThat(told(stage)).doesNotContain("host.unfence-failed");
            stage.call(() -> stage.engine.maintenance(stage.h1, false, ANN, ""));
            stage.pass(Duration.ofSeconds(10));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
        }
    }

    @Test
    void aDisarmedSegmentSwitchesNothingOn() {
        try (VirtualStage stage = stage(Duration.ofMinutes(1))) {
            fenced(stage);
            stage.call(() -> stage.engine.arm(World.SEGMENT, Armed.FREEZE, ANN, "the network is rebuilt"));
            stage.pass(Duration.ofMinutes(10));
            assertThat(power(stage)).isEqualTo(PowerState.OFF);
            stage.call(() -> stage.engine.arm(World.SEGMENT, Armed.ARMED, ANN, ""));
            stage.pass(Duration.ofSeconds(10));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
        }
    }

    @Test
    void whoFailsTooOftenIsLeftOffUntilAnOperatorReleasesItAndComesBackTrusted() {
        GuardSettings d = GuardSettings.defaults();
        GuardSettings once = new GuardSettings(
                d.domainShare(),
                d.domainWindow(),
                d.fencesPerWindow(),
                d.fenceWindow(),
                d.stormHolds(),
                d.stormWindow(),
                d.coolDown(),
                1,
                Duration.ofHours(5),
                Duration.ofMinutes(1));
        try (VirtualStage stage = new VirtualStage(on(Duration.ZERO, once), cases -> cases)) {
            fenced(stage);
            stage.pass(Duration.ofMinutes(30));
            assertThat(power(stage)).isEqualTo(PowerState.OFF);
            assertThat(word(stage)).isEqualTo("QUARANTINED");
            assertThat(told(stage)).containsOnlyOnce("host.quarantined");
            assertThat(stage.world.find(stage.h1).orElseThrow().quarantine()).contains("stays off until");

            stage.restart();
            stage.pass(Duration.ofMinutes(30));
            assertThat(stage.world.find(stage.h1).orElseThrow().quarantine())
                    .as("a host that is off was never well")
                    .isNotNull();

            stage.call(() -> stage.engine.release(stage.h1, ANN));
            stage.pass(Duration.ofMinutes(1));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            stage.join(stage.h1, "boot-2");
            stage.pass(Duration.ofSeconds(5));
            assertThat(word(stage)).isEqualTo("RESTORED");
            assertThat(stage.world.find(stage.h1).orElseThrow().quarantine()).isNull();
        }
    }

    @Test
    void whoWasIsolatedByAWordIsNotSwitchedOn() {
        try (VirtualStage stage = stage(Duration.ZERO)) {
            stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.settle();
            stage.power.losePower(stage.h1);
            stage.forceDown(stage.h1, true, "unplugged");
            stage.pass(Duration.ofMinutes(5));
            assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
            assertThat(word(stage)).isEqualTo("LEFT_OFF");
            assertThat(power(stage)).isEqualTo(PowerState.OFF);
        }
    }

    @Test
    void aDeviceThatDoesNotAnswerEndsInAHumanAndIsTriedAgain() {
        try (VirtualStage stage = stage(Duration.ofMinutes(1))) {
            fenced(stage);
            stage.power.fault(stage.h1, new PowerFault.WrongPassword());
            stage.pass(Duration.ofMinutes(2));
            assertThat(word(stage)).isIn("UNANSWERED", "ASKING", "ORDERING");
            assertThat(told(stage)).containsOnlyOnce("host.unfence-failed");
            stage.power.fault(stage.h1, new PowerFault.None());
            stage.pass(Duration.ofMinutes(1));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
            assertThat(told(stage)).contains("host.power-restored");
        }
    }

    @Test
    void aHostThatDoesNotBootEndsInAHuman() {
        try (VirtualStage stage = stage(Duration.ZERO)) {
            fenced(stage);
            stage.pass(Duration.ofMinutes(4));
            assertThat(told(stage)).containsOnlyOnce("host.unfence-failed", "host.power-restored");
            assertThat(stage.engine
                            .find(stage.newest(stage.h1).id())
                            .orElseThrow()
                            .powerReturn())
                    .isNotNull();
        }
    }

    @Test
    void aHostThatFailsAgainIsTheNextCasesBusiness() {
        try (VirtualStage stage = stage(Duration.ofMinutes(20))) {
            fenced(stage);
            var first = stage.newest(stage.h1).id();
            stage.power.restorePower(stage.h1);
            stage.join(stage.h1, "boot-2");
            stage.pass(Duration.ofSeconds(5));
            assertThat(word(stage)).as("somebody else switched it on").isEqualTo("RESTORED");
            stage.power.losePower(stage.h1);
            stage.loseWithPowerOff(stage.h1);
            stage.pass(Duration.ofSeconds(30));
            assertThat(stage.newest(stage.h1).id()).isNotEqualTo(first);
            assertThat(word(stage)).isEqualTo("RESTING");
        }
    }

    @Test
    void anInstanceThatIsAskedForMeanwhileIsMovedFirst() {
        try (VirtualStage stage = stage(Duration.ofMinutes(5))) {
            InstanceId plain = stage.world.instance("plain", stage.h1, RecoveryPolicy.NONE);
            fenced(stage);
            stage.evacuate("plain", null);
            stage.pass(Duration.ofSeconds(20));
            assertThat(stage.world.runsOn(plain)).isNotEmpty().doesNotContain(stage.h1);
            stage.pass(Duration.ofMinutes(6));
            assertThat(power(stage)).isEqualTo(PowerState.ON);
        }
    }

    // ---- helpers

    private static InstanceId fenced(VirtualStage stage) {
        InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
        stage.settle();
        stage.power.losePower(stage.h1);
        stage.loseWithPowerOff(stage.h1);
        assertThat(stage.until(() -> stage.in(stage.h1, "RECOVERED"))).isTrue();
        return a;
    }

    private static String word(VirtualStage stage) {
        @Nullable PowerReturn back = stage.newest(stage.h1).powerReturn();
        ReturnStage now = back == null ? new ReturnStage.LeftOff("nothing was decided") : back.stage();
        return now.word();
    }

    private static PowerState power(VirtualStage stage) {
        return stage.power.device(stage.h1).readPower(Duration.ofSeconds(1)).state();
    }

    private static List<String> told(VirtualStage stage) {
        HostId host = stage.h1;
        return stage.cases.facts().stream()
                .filter(fact -> fact.subject().equals("host/" + host))
                .map(Fact::type)
                .toList();
    }
}
