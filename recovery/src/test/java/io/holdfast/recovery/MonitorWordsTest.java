package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.HostState;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Words of monitors, and the reserved hosts of failover segments, on the real engine in a time of our own. */
final class MonitorWordsTest {

    private static final Actor MONITOR = new Actor("pacemaker", "api");
    private static final Actor ANN = new Actor("ann", "cli");

    private static VirtualStage stage(boolean clears) {
        return stage(clears, Map.of());
    }

    private static VirtualStage stage(boolean clears, Map<String, UnfenceSettings.OfSegment> segments) {
        UnfenceSettings d = UnfenceSettings.defaults();
        return new VirtualStage(
                VirtualStage.usual()
                        .with(new UnfenceSettings(
                                d.policy(),
                                d.after(),
                                d.attempts(),
                                d.backoff(),
                                d.rejoinDeadline(),
                                d.afterWord(),
                                clears,
                                segments)),
                journal -> journal);
    }

    private static Recovery.@Nullable SuspicionAnswer suspect(VirtualStage stage) {
        AtomicReference<Recovery.@Nullable SuspicionAnswer> answer = new AtomicReference<>();
        stage.call(() -> answer.set(stage.engine.suspect(stage.h1, MONITOR, "no ping")));
        return answer.get();
    }

    private static void forceDown(VirtualStage stage, HostId host) {
        stage.call(() -> stage.engine.forceDown(host, MONITOR, false, "gone"));
        assertThat(stage.until(() -> stage.in(host, "RECOVERED"))).isTrue();
        stage.assertSafe();
    }

    // ---- whoever only suspects

    @Test
    void aSuspicionChangesNothingWhileASignalSaysThatTheHostLives() {
        try (VirtualStage stage = stage(false)) {
            stage.signs.put(stage.h1, List.of(new SignsOfLife.Sign("lease", "present")));
            assertThat(suspect(stage))
                    .isEqualTo(new Recovery.SuspicionAnswer.NotActed(
                            "these signals say that host h1 lives: lease (present)"));
            assertThat(stage.cases.newest(stage.h1)).isEmpty();
            assertThat(stage.world.find(stage.h1).orElseThrow().forcedDown()).isFalse();
        }
    }

    @Test
    void aSuspicionChangesNothingWhileThisControllerDoubtsItsOwnHearing() {
        try (VirtualStage stage = stage(false)) {
            stage.doubt = "it hears nobody";
            assertThat(suspect(stage))
                    .isEqualTo(new Recovery.SuspicionAnswer.NotActed(
                            "this controller condemns nobody by silence now: it hears nobody"));
            assertThat(stage.cases.newest(stage.h1)).isEmpty();
        }
    }

    @Test
    void aSuspicionThatNothingContradictsCondemnsAndItsHostIsFencedAndProven() {
        try (VirtualStage stage = stage(false)) {
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            assertThat(suspect(stage)).isEqualTo(new Recovery.SuspicionAnswer.Condemned());
            assertThat(stage.until(() -> stage.in(stage.h1, "RECOVERED"))).isTrue();
            assertThat(stage.newest(stage.h1).evidence().toString())
                    .contains("force-down by pacemaker (api): suspected, and nothing shows that it lives: no ping");
            assertThat(stage.newest(stage.h1).proof().kind()).isEqualTo("POWER_READ_OFF");
            assertThat(stage.world.runsOn(a)).isNotEmpty().doesNotContain(stage.h1);
            stage.assertSafe();
        }
    }

    // ---- taking back

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aForceDownClearsItselfOnceTheHostHasRejoinedIfTheSettingsSaySo(boolean clears) {
        try (VirtualStage stage = stage(clears)) {
            assertForcedDownOnceItHasRejoined(stage, !clears);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itsSegmentsSettingsGoBeforeThoseOfAll(boolean clears) {
        UnfenceSettings.OfSegment own =
                new UnfenceSettings.OfSegment(UnfenceSettings.Policy.LEAVE_OFF, Duration.ZERO, false, clears);
        try (VirtualStage stage = stage(!clears, Map.of(World.SEGMENT.value(), own))) {
            assertForcedDownOnceItHasRejoined(stage, !clears);
        }
        try (VirtualStage stage = stage(!clears, Map.of("another", own))) {
            assertForcedDownOnceItHasRejoined(stage, clears);
        }
    }

    private static void assertForcedDownOnceItHasRejoined(VirtualStage stage, boolean expected) {
        stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
        forceDown(stage, stage.h1);
        assertThat(stage.world.find(stage.h1).orElseThrow().forcedDown()).isTrue();
        stage.power.restorePower(stage.h1);
        stage.join(stage.h1, "boot-2");
        stage.pass(Duration.ofSeconds(30));
        assertThat(stage.world.find(stage.h1).orElseThrow().state()).isEqualTo(HostState.SERVING);
        assertThat(stage.world.find(stage.h1).orElseThrow().forcedDown()).isEqualTo(expected);
    }

    // ---- reserved hosts

    private static UUID segment(VirtualStage stage, RecoveryMethod method) {
        UUID racks =
                stage.segments.create("racks", null, method, "COMPUTE", true).uuid();
        stage.segments.put(stage.h1, racks, "COMPUTE", "SSH", false);
        stage.segments.put(stage.h3, racks, "COMPUTE", "SSH", true);
        stage.world.disable(stage.h3, ANN, "reserved");
        return racks;
    }

    @Test
    void withReservedHostTheInstancesGoToTheReservedHostWhichIsInServiceThen() {
        try (VirtualStage stage = stage(false)) {
            segment(stage, RecoveryMethod.RESERVED_HOST);
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            AtomicReference<@Nullable WhatIf> before = new AtomicReference<>();
            stage.call(() -> before.set(stage.engine.whatIf(List.of(stage.h1), true)));
            assertThat(Objects.requireNonNull(before.get())
                            .hosts()
                            .getFirst()
                            .instances()
                            .getFirst()
                            .to())
                    .as("what-if says so before")
                    .isEqualTo(stage.h3);
            assertThat(stage.segments.hosts().getLast().reserved()).isTrue();
            forceDown(stage, stage.h1);
            assertThat(stage.world.runsOn(a)).containsExactly(stage.h3);
            assertThat(stage.world.find(stage.h3).orElseThrow().enabled()).isTrue();
            assertThat(stage.segments.hosts().getLast().reserved()).isFalse();
        }
    }

    @Test
    void withReservedHostAndNoneLeftTheInstanceWaitsUntilThereIsOne() {
        try (VirtualStage stage = stage(false)) {
            UUID racks = segment(stage, RecoveryMethod.RESERVED_HOST);
            stage.segments.put(stage.h3, racks, "COMPUTE", "SSH", false);
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.call(() -> stage.engine.forceDown(stage.h1, MONITOR, false, "gone"));
            stage.pass(Duration.ofMinutes(2));
            assertThat(stage.world.runsOn(a)).doesNotContain(stage.h2);
            stage.segments.put(stage.h3, racks, "COMPUTE", "SSH", true);
            assertThat(stage.until(() -> stage.in(stage.h1, "RECOVERED"))).isTrue();
            assertThat(stage.world.runsOn(a)).containsExactly(stage.h3);
            stage.assertSafe();
        }
    }

    @Test
    void withAutoPriorityTheReserveIsKeptWhileThereIsRoomElsewhere() {
        try (VirtualStage stage = stage(false)) {
            segment(stage, RecoveryMethod.AUTO_PRIORITY);
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            forceDown(stage, stage.h1);
            assertThat(stage.world.runsOn(a)).containsExactly(stage.h2);
            assertThat(stage.segments.hosts().getLast().reserved()).isTrue();
        }
    }

    @Test
    void theControllersOwnSegmentHasAMethodTooAndAReserveInMaintenanceIsNone() {
        try (VirtualStage stage = stage(false)) {
            FailoverSegment own = stage.segments.list().getFirst();
            stage.segments.update(own.with(own.name(), null, RecoveryMethod.RH_PRIORITY, "COMPUTE", true));
            stage.segments.put(stage.h3, own.uuid(), "COMPUTE", "SSH", true);
            stage.world.disable(stage.h3, ANN, "reserved");
            stage.world.startMaintenance(stage.h3, ANN, "disks");
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            forceDown(stage, stage.h1);
            assertThat(stage.world.runsOn(a)).containsExactly(stage.h2);
            assertThat(stage.segments.hosts().getLast().reserved()).isTrue();
        }
    }

    @Test
    void whereNobodyKeepsFailoverSegmentsNothingCanBeSaidOfThem() {
        FailoverSegments none = FailoverSegments.none();
        assertThat(none.list()).isEmpty();
        assertThat(none.hosts()).isEmpty();
        assertThatThrownBy(() -> none.create("a", null, RecoveryMethod.AUTO, "C", true))
                .hasMessageContaining("no failover segments");
    }
}
