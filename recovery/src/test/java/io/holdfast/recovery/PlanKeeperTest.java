package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.Instance;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.ServerGroupId;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** That a plan made before the failure is what recovery would plan after it, and is taken only then. */
class PlanKeeperTest {

    private final VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases);
    private final World world = stage.world;
    private Optional<LeaderEpoch> leader = Optional.of(LeaderEpoch.of(1));
    private final PlanKeeper keeper = keeper(stage);

    @AfterEach
    void end() {
        stage.close();
    }

    @Test
    void aFailureThatWasPlannedForIsNotPlannedAgain() {
        InstanceId a = world.instance("a", stage.h1);
        world.instance("b", stage.h1);
        stage.settle();
        keeper.keepOnce();
        assertThat(stage.engine.kept().plans()).isEqualTo(1);
        stage.lose(stage.h1);
        assertThat(stage.until(() -> stage.in(stage.h1, "RECOVERED"))).isTrue();
        assertThat(stage.engine.kept().taken()).isEqualTo(1);
        assertThat(world.find(a).orElseThrow().home()).isNotEqualTo(stage.h1);
        stage.assertSafe();
    }

    @Test
    void aWordAgainstTheHostAndWhatEndsWithItDoNotMakeItsPlanOld() {
        world.instance("a", stage.h1);
        InstanceId doomed = world.instance("doomed", stage.h1);
        world.ownerDeletes(doomed);
        stage.settle();
        keeper.keepOnce();
        stage.forceDown(stage.h1, true, "unplugged");
        assertThat(stage.until(() -> stage.in(stage.h1, "RECOVERED"))).isTrue();
        assertThat(stage.engine.kept().taken()).isEqualTo(1);
    }

    @Test
    void whatHasChangedSinceIsPlannedAnew() {
        InstanceId a = world.instance("a", stage.h1);
        stage.settle();
        keeper.keepOnce();
        HostId wouldGo = stage.engine
                .keptPlans()
                .of(stage.h1)
                .map(plan -> plan.outcome().placements().getFirst())
                .map(placement -> ((Placement.Placed) placement).host())
                .orElseThrow();
        world.capacity(wouldGo, 0);
        stage.lose(stage.h1);
        assertThat(stage.until(() -> stage.in(stage.h1, "RECOVERED"))).isTrue();
        assertThat(stage.engine.kept().taken()).isZero();
        assertThat(world.find(a).orElseThrow().home()).isNotIn(stage.h1, wouldGo);
    }

    @Test
    void aPlanThatLeavesSomebodyOutIsNotKept() {
        world.instance("a", stage.h1);
        world.instance("b", stage.h1);
        stage.settle();
        keeper.keepOnce();
        assertThat(stage.engine.kept().plans()).isEqualTo(1);
        world.capacity(stage.h2, 1024);
        world.capacity(stage.h3, 0);
        keeper.keepOnce();
        assertThat(stage.engine.kept().plans()).isZero();
        assertThat(stage.engine.kept().oldest()).isNull();
    }

    @Test
    void whoLivesNowhereAndWhoIsNotMovedNeedsNoPlan() {
        world.instance("told", stage.h1, RecoveryPolicy.NOTIFY);
        world.instance("a", stage.h2);
        stage.settle();
        keeper.keepOnce();
        assertThat(stage.engine.keptPlans().of(stage.h1)).isEmpty();
        assertThat(stage.engine.keptPlans().of(stage.h2)).isPresent();
        assertThat(stage.engine.keptPlans().of(stage.h3)).isEmpty();
        world.ownerDeletes(World.id("a"));
        keeper.keepOnce();
        assertThat(stage.engine.kept().plans()).isZero();
    }

    @Test
    void whatIfSaysHowOldThePlanIsAndEachLookMakesItNew() {
        world.instance("a", stage.h1);
        stage.settle();
        assertThat(plannedAt(stage.h1)).isNull();
        keeper.keepOnce();
        Instant first = stage.now();
        stage.pass(Duration.ofSeconds(7));
        assertThat(plannedAt(stage.h1)).isEqualTo(first);
        assertThat(plannedAt(stage.h1, stage.h2)).as("hosts that fail together").isNull();
        keeper.keepOnce();
        assertThat(plannedAt(stage.h1)).isEqualTo(stage.now());
        assertThat(stage.engine.kept().oldest()).isEqualTo(stage.now());
    }

    @Test
    void aRecoveryThatIsUnderWayIsGivenWayTo() {
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        stage.settle();
        keeper.keepOnce();
        Instant before = stage.now();
        stage.pass(Duration.ofSeconds(1));
        stage.lose(stage.h1);
        assertThat(stage.until(() -> stage.engine.keptPlans().giveWay())).isTrue();
        keeper.keepOnce();
        assertThat(plannedAtQuietly(stage.h2)).isEqualTo(before);
        assertThat(stage.until(() -> stage.in(stage.h1, "RECOVERED"))).isTrue();
        assertThat(stage.until(() -> !stage.engine.keptPlans().giveWay())).isTrue();
        keeper.keepOnce();
        assertThat(plannedAtQuietly(stage.h2)).isEqualTo(stage.now());
        assertThat(stage.engine.keptPlans().of(stage.h1)).isEmpty();
    }

    @Test
    void onlyTheLeaderKeepsPlans() {
        world.instance("a", stage.h1);
        stage.settle();
        keeper.keepOnce();
        assertThat(stage.engine.kept().plans()).isEqualTo(1);
        stage.electAnew();
        stage.settle();
        assertThat(stage.engine.kept().plans())
                .as("an engine that begins again knows none")
                .isZero();
        keeper.keepOnce();
        assertThat(stage.engine.kept().plans()).isEqualTo(1);
        leader = Optional.empty();
        keeper.keepOnce();
        assertThat(stage.engine.kept().plans()).isZero();
    }

    @Test
    void aLookThatFailsLeavesThePlansAndTheNextOneGoesOn() {
        world.instance("a", stage.h1);
        stage.settle();
        keeper.keepOnce();
        Instant first = stage.now();
        stage.pass(Duration.ofSeconds(3));
        world.databaseAway(true);
        keeper.keepOnce();
        keeper.keepOnce();
        assertThat(stage.engine.kept().oldest()).isEqualTo(first);
        world.databaseAway(false);
        keeper.keepOnce();
        assertThat(stage.engine.kept().oldest()).isEqualTo(stage.now());
    }

    @Test
    void aLookIsFollowedByNineTimesWhatItTook() {
        assertThat(keeper.rest(Duration.ofMillis(10))).isEqualTo(Duration.ofSeconds(5));
        assertThat(keeper.rest(Duration.ofSeconds(2))).isEqualTo(Duration.ofSeconds(18));
    }

    @Test
    void itLooksByItselfUntilItIsClosed() throws Exception {
        world.instance("a", stage.h1);
        stage.settle();
        keeper.start();
        assertThat(soon(() -> stage.engine.kept().plans() == 1)).isTrue();
        keeper.close();
        assertThat(keeper.awaitEnd(Duration.ofSeconds(10))).isTrue();
    }

    private static boolean soon(BooleanSupplier so) {
        long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!so.getAsBoolean() && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        return so.getAsBoolean();
    }

    /** Two members that may not share a rack: once its home is isolated, nobody asks in which rack one of them lived. */
    @Test
    void aGroupIsToldAlikeBeforeAndAfterTheFailure() {
        HostId h1 = HostId.of("h1");
        HostId h2 = HostId.of("h2");
        InstanceId a = World.id("a");
        InstanceId b = World.id("b");
        Map<HostId, FailureDomains> racks = Map.of(
                h1, new FailureDomains(Map.of("rack", "r1")),
                h2, new FailureDomains(Map.of("rack", "r2")));
        assertThat(HostSnapshots.ofMembers(List.of(group(Map.of(a, h1, b, h2))), Set.of(a), racks)
                        .getFirst()
                        .without(Set.of(h1)))
                .isEqualTo(HostSnapshots.ofMembers(List.of(group(Map.of(b, h2))), Set.of(a), racks)
                        .getFirst());
    }

    private static ServerGroup group(Map<InstanceId, HostId> homes) {
        return new ServerGroup(
                ServerGroupId.of(new UUID(0, 1)),
                "g",
                ProjectId.of("p"),
                "u",
                GroupPolicy.ANTI_AFFINITY,
                1,
                List.of(World.id("a"), World.id("b")),
                homes,
                Instant.EPOCH,
                null,
                Set.of("rack"));
    }

    /** Any cloud in which nothing happens between the look and the failure: the plan is there and is the one that is made. */
    @Property(tries = 150)
    void whereNothingHasChangedThePlanIsTaken(@ForAll long seed) {
        Played kept = play(seed, true, false);
        Played fresh = play(seed, false, false);
        assertThat(kept.homes).as("seed %s", seed).isEqualTo(fresh.homes);
        assertThat(kept.taken > 0).as("seed %s", seed).isEqualTo(kept.known);
    }

    /** Any cloud, and anything that happens between the look and the failure. */
    @Property(tries = 150)
    void whateverHasChangedEachGetsTheHomeThatIsPlannedThen(@ForAll long seed) {
        assertThat(play(seed, true, true).homes).as("seed %s", seed).isEqualTo(play(seed, false, true).homes);
    }

    /**
     * @param known whether there was a plan for the host that failed
     * @param taken how often a plan was
     */
    private record Played(Map<String, Optional<HostId>> homes, boolean known, long taken) {}

    private static Played play(long seed, boolean keeps, boolean changes) {
        try (VirtualStage cloud = new VirtualStage(VirtualStage.usual(), cases -> cases)) {
            Random random = new Random(seed);
            List<HostId> hosts = List.of(cloud.h1, cloud.h2, cloud.h3);
            List<String> names = new ArrayList<>();
            List<InstanceId> members = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(9); i++) {
                InstanceId id = cloud.world.instance(
                        "i" + i, hosts.get(random.nextInt(3)), RecoveryPolicy.AUTOMATIC, words(random, i));
                names.add("i" + i);
                if (random.nextInt(3) == 0) {
                    members.add(id);
                }
            }
            hosts.forEach(host -> cloud.world.capacity(host, 1024 * (4 + random.nextInt(9))));
            if (random.nextBoolean() && !members.isEmpty()) {
                cloud.world.group("g", GroupPolicy.values()[random.nextInt(4)], members);
            }
            if (random.nextInt(3) == 0) {
                RecoveryMethod method = RecoveryMethod.values()[random.nextInt(4)];
                FailoverSegment own = cloud.segments.list().getFirst();
                cloud.segments.update(own.with(own.name(), null, method, "COMPUTE", true));
                cloud.segments.put(cloud.h3, own.uuid(), "", "", true);
                cloud.world.disable(cloud.h3, Stage.OPERATOR, "kept in reserve");
            }
            cloud.settle();
            if (keeps) {
                keeper(cloud, () -> Optional.of(LeaderEpoch.of(1))).keepOnce();
            }
            for (int i = 0; changes && i < random.nextInt(4); i++) {
                change(cloud, random, hosts, names);
            }
            HostId failed = hosts.get(random.nextInt(3));
            boolean known = cloud.engine.keptPlans().of(failed).isPresent();
            cloud.lose(failed);
            cloud.pass(Duration.ofSeconds(30));
            cloud.assertSafe();
            Map<String, Optional<HostId>> homes = new TreeMap<>();
            names.forEach(
                    name -> homes.put(name, cloud.world.find(World.id(name)).map(Instance::home)));
            return new Played(homes, known, cloud.engine.kept().taken());
        }
    }

    private static Map<String, String> words(Random random, int number) {
        return switch (random.nextInt(4)) {
            case 0 -> Map.of("holdfast:priority", "" + random.nextInt(3));
            case 1 -> number == 0 ? Map.of() : Map.of("holdfast:depends-on", "i" + random.nextInt(number));
            default -> Map.of();
        };
    }

    private static void change(VirtualStage cloud, Random random, List<HostId> hosts, List<String> names) {
        HostId host = hosts.get(random.nextInt(3));
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(7)) {
            case 0 -> cloud.world.capacity(host, 1024 * random.nextInt(12));
            case 1 -> {
                String added = "n" + names.size();
                cloud.world.instance(added, host);
                names.add(added);
            }
            case 2 -> cloud.world.ownerDeletes(World.id(name));
            case 3 -> cloud.world.ownerStops(World.id(name));
            case 4 -> cloud.world.disable(host, Stage.OPERATOR, "changed");
            case 5 -> cloud.world.domains(host, new FailureDomains(Map.of("rack", "r" + random.nextInt(2))));
            default -> cloud.suspect(host);
        }
        cloud.settle();
    }

    private @Nullable Instant plannedAt(HostId... failed) {
        AtomicReference<WhatIf> answer = new AtomicReference<>();
        stage.call(() -> answer.set(stage.engine.whatIf(List.of(failed), true)));
        WhatIf given = answer.get();
        return given == null ? null : given.hosts().getFirst().plannedAt();
    }

    /** Without a turn of the engine. */
    private Instant plannedAtQuietly(HostId host) {
        return stage.engine.keptPlans().of(host).orElseThrow().at();
    }

    private PlanKeeper keeper(VirtualStage cloud) {
        return keeper(cloud, () -> leader);
    }

    private static PlanKeeper keeper(VirtualStage cloud, Supplier<Optional<LeaderEpoch>> leader) {
        return new PlanKeeper(
                World.SEGMENT,
                cloud.engine.keptPlans(),
                cloud.world,
                cloud.world,
                cloud.world,
                cloud.segments,
                new Scheduler(SchedulerSettings.defaults()),
                cloud.engine::avoids,
                leader,
                cloud.settings(),
                Duration.ofSeconds(5),
                cloud::now);
    }
}
