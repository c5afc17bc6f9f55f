package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Actor;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.MoveState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Waiting for room: what ends it, how soon, and what it costs while nothing changes. */
class RoomTest {

    private static final Actor WHO = new Actor("op", "cli");

    /** Nobody plans again by the clock within a test. */
    static RecoverySettings slow() {
        return Replanned.every(Duration.ofMinutes(10), Duration.ofHours(1), VirtualStage.usual());
    }

    private static Stream<Arguments> ways() {
        return Stream.of(
                way("more capacity", (s, vm) -> s.world.capacity(s.h2, 512), (s, vm) -> s.world.capacity(s.h2, 4096)),
                way("enabled", (s, vm) -> s.world.disable(s.h2, WHO, ""), (s, vm) -> s.world.enable(s.h2, WHO)),
                way(
                        "out of maintenance",
                        (s, vm) -> s.world.startMaintenance(s.h2, WHO, ""),
                        (s, vm) -> s.world.endMaintenance(s.h2, WHO)),
                way("not suspected any more", (s, vm) -> s.suspect(s.h2), (s, vm) -> s.clear(s.h2)),
                way("its agent is back", (s, vm) -> s.ail(s.h2, "its agent is dead"), (s, vm) -> s.clear(s.h2)),
                way("its agent takes orders again", (s, vm) -> s.ail(s.h2, "hung"), (s, vm) -> s.outOfGroup(s.h2)),
                way(
                        "an instance is deleted",
                        (s, vm) -> {
                            s.world.instance("lodger", s.h2);
                            s.world.capacity(s.h2, 1024);
                        },
                        (s, vm) -> s.world.ownerDeletes(World.id("lodger"))),
                way(
                        "its group has left the host",
                        (s, vm) -> {
                            s.world.instance("lodger", s.h2);
                            s.world.group("apart", GroupPolicy.ANTI_AFFINITY, List.of(vm, World.id("lodger")));
                        },
                        (s, vm) -> s.world.ownerDeletes(World.id("lodger"))));
    }

    private static Arguments way(
            String name, BiConsumer<VirtualStage, InstanceId> before, BiConsumer<VirtualStage, InstanceId> then) {
        return Arguments.of(name, before, then);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    void roomIsTakenWithinASecondWhateverMadeIt(
            String name, BiConsumer<VirtualStage, InstanceId> before, BiConsumer<VirtualStage, InstanceId> then) {
        try (VirtualStage stage = new VirtualStage(slow(), journal -> journal)) {
            InstanceId vm = stage.world.instance("vm", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.world.capacity(stage.h3, 512);
            before.accept(stage, vm);
            fail(stage, stage.h1);
            stage.pass(Duration.ofSeconds(20));
            assertThat(stateOf(stage, "vm")).isInstanceOf(MoveState.Waiting.class);

            then.accept(stage, vm);
            stage.pass(Duration.ofMillis(1000));
            assertThat(stage.world.runsOn(vm)).as(name).containsExactly(stage.h2);
            stage.assertSafe();
        }
    }

    @Test
    void aHostWhoseAgentIsDeadIsNoHomeWhileAnotherHasRoom() {
        try (VirtualStage stage = new VirtualStage(slow(), journal -> journal)) {
            InstanceId vm = stage.world.instance("vm", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.world.instance("lodger", stage.h3);
            stage.ail(stage.h2, "its agent is dead");
            fail(stage, stage.h1);
            stage.pass(Duration.ofSeconds(5));
            assertThat(stage.world.runsOn(vm)).containsExactly(stage.h3);
            stage.assertSafe();
        }
    }

    @Test
    void whoeverGivesUpLeavesItsRoomToTheNextOne() {
        try (VirtualStage stage = new VirtualStage(slow(), journal -> journal)) {
            InstanceId low = stage.world.instance("low", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.world.instance("lodger", stage.h2);
            stage.world.capacity(stage.h2, 1024);
            stage.world.capacity(stage.h3, 512);
            fail(stage, stage.h1);
            fail(stage, stage.h2);
            stage.pass(Duration.ofSeconds(5));
            stage.world.ownerDeletes(World.id("lodger"));
            stage.pass(Duration.ofSeconds(5));
            stage.world.capacity(stage.h3, 1024);
            stage.pass(Duration.ofSeconds(1));
            assertThat(stage.world.runsOn(low)).containsExactly(stage.h3);
            stage.assertSafe();
        }
    }

    @Test
    void whileNothingChangesNothingIsPlannedOrWrittenUntilReplanIntervalIsOver() {
        try (VirtualStage stage = new VirtualStage(VirtualStage.usual(), journal -> journal)) {
            stage.world.instance("vm", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.world.capacity(stage.h2, 512);
            stage.world.capacity(stage.h3, 512);
            fail(stage, stage.h1);
            stage.pass(Duration.ofSeconds(10));
            CaseState waiting = stage.newest(stage.h1);
            assertThat(waiting.plans()).isEqualTo(1);

            stage.pass(Duration.ofSeconds(45));
            assertThat(stage.newest(stage.h1)).isEqualTo(waiting);
            stage.pass(Duration.ofSeconds(10));
            assertThat(stage.newest(stage.h1).plans()).isEqualTo(2);
        }
    }

    @Test
    void whoeverAHumanWasCalledForTakesTheRoomToo() {
        RecoverySettings usual = VirtualStage.usual();
        try (VirtualStage stage = new VirtualStage(usual, journal -> journal)) {
            InstanceId vm = stage.world.instance("vm", stage.h1, RecoveryPolicy.AUTOMATIC);
            stage.world.capacity(stage.h2, 512);
            stage.world.capacity(stage.h3, 512);
            fail(stage, stage.h1);
            stage.pass(usual.instanceDeadline().plusSeconds(2));
            assertThat(stateOf(stage, "vm")).isInstanceOf(MoveState.NeedsOperator.class);

            stage.world.capacity(stage.h2, 4096);
            stage.pass(Duration.ofSeconds(1));
            assertThat(stage.world.runsOn(vm)).containsExactly(stage.h2);
            stage.assertSafe();
        }
    }

    @Test
    void whoeverTriedAsManyHomesAsItMayIsNotTriedAgainBecauseAnotherOneHasRoom() {
        RecoverySettings usual = VirtualStage.usual();
        try (VirtualStage stage = new VirtualStage(usual, journal -> journal)) {
            InstanceId vm = stage.world.instance(
                    "vm", stage.h1, RecoveryPolicy.AUTOMATIC, Map.of("holdfast:relocate-limit", "1"));
            stage.world.capacity(stage.h3, 512);
            stage.world.failStarts(stage.h2, true);
            fail(stage, stage.h1);
            stage.pass(Duration.ofSeconds(5));
            assertThat(stateOf(stage, "vm")).isInstanceOf(MoveState.NeedsOperator.class);

            stage.world.capacity(stage.h3, 65_536);
            stage.pass(Duration.ofSeconds(5));
            assertThat(stateOf(stage, "vm")).isInstanceOf(MoveState.NeedsOperator.class);
            stage.pass(usual.operatorRetry());
            assertThat(stage.world.runsOn(vm)).containsExactly(stage.h3);
            stage.assertSafe();
        }
    }

    private static void fail(VirtualStage stage, HostId host) {
        stage.power.losePower(host);
        stage.lose(host);
    }

    private static MoveState stateOf(VirtualStage stage, String name) {
        return stage.newest(stage.h1).move(World.id(name)).orElseThrow().state();
    }
}
