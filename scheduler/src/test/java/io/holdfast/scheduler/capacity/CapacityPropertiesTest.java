package io.holdfast.scheduler.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.AdvisorySettings;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.Placement.Placed;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.RandomSegment.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Any segment, any failure: the answers against exhaustive search, against the scheduler itself, and against each other. */
class CapacityPropertiesTest {

    private static final SchedulerSettings SHARED_DISK = SchedulerSettings.defaults();
    private static final SchedulerSettings OWN_DISK = new SchedulerSettings(1.5, 1.0, 1.0, -1.0, 0.5, 2.0);

    /** All weighers that the columns know, and few instances on each host. */
    private static final SchedulerSettings FEW_PER_HOST = new SchedulerSettings(
            1.5,
            1.0,
            1.0,
            0.5,
            0.5,
            2.0,
            1.5,
            -0.75,
            0,
            1.0,
            0.05,
            1.0,
            0.8,
            4,
            AdvisorySettings.defaults(),
            Map.of(),
            Map.of());

    private static final SchedulerSettings BALANCED = new SchedulerSettings(
            4.0,
            1.0,
            0,
            1.0,
            0.5,
            10.0,
            0,
            0,
            3.0,
            1.0,
            0.05,
            1.0,
            0,
            0,
            AdvisorySettings.defaults(),
            Map.of(),
            Map.of());
    private static final Shape SMALL = new Shape(5, 9, 3);
    private static final Shape LARGE = new Shape(40, 220, 8);

    /** Where the scheduler itself makes each plan, which takes a hundred times as long. */
    private static final Shape MEDIUM = new Shape(9, 40, 8);

    @Property(tries = 3000)
    void theGreedyPlanOnColumnsIsThePlanOfTheScheduler(@ForAll long seed) {
        SchedulerSettings settings = settings(seed);
        SegmentSnapshot snapshot = RandomSegment.of(seed, seed % 5 == 0 ? LARGE : SMALL, settings);
        Columns columns = new Columns(snapshot, settings);
        Greedy greedy = new Greedy(columns);
        for (Failure failure : failures(snapshot, seed, 4)) {
            int[] places = places(snapshot, failure);
            int[] moving = columns.moving(places);
            if (!java.util.Arrays.stream(moving).allMatch(columns::isPlayed)) {
                continue;
            }
            greedy.left(moving, columns.failed(places));
            int[] chosen = greedy.chosen(moving.length);
            List<HostId> own = new ArrayList<>();
            for (int place : chosen) {
                own.add(
                        place == Columns.NONE
                                ? null
                                : snapshot.hosts().get(place).host());
            }
            List<HostId> scheduler = new ArrayList<>();
            plan(snapshot, settings, failure)
                    .forEach(placement -> scheduler.add(placement instanceof Placed placed ? placed.host() : null));
            assertThat(own).as("%s, seed %s", failure.name(), seed).isEqualTo(scheduler);
        }
    }

    @Property(tries = 3000)
    void safetyNoAnswerIsRefutedByExhaustiveSearch(@ForAll long seed) {
        SchedulerSettings settings = settings(seed);
        SegmentSnapshot snapshot = RandomSegment.of(seed, SMALL, settings);
        CapacitySurvey survey = RandomSegment.survey(snapshot, settings);
        for (Failure failure : failures(snapshot, seed, 3)) {
            Oracle oracle = new Oracle(snapshot, settings, all(snapshot, failure));
            if (oracle.moving() > 7) {
                continue;
            }
            Answer answer = survey.answer(failure);
            assertThat(answer.moving()).isEqualTo(oracle.moving());
            boolean exists = oracle.somePlacementOfAllExists();
            boolean planned = plan(snapshot, settings, failure).stream().allMatch(one -> one instanceof Placed);
            switch (answer.verdict()) {
                case SURVIVABLE ->
                    assertThat(exists && planned)
                            .as("%s of %s, seed %s", answer, snapshot, seed)
                            .isTrue();
                case NOT_SURVIVABLE ->
                    assertThat(exists)
                            .as("%s of %s, seed %s", answer, snapshot, seed)
                            .isFalse();
                case NOT_PROVEN ->
                    // So small a segment is searched to the end, as far as the search knows the rules.
                    assertThat(answer.ground() == Ground.PLANNER_MISSES && exists && !planned
                                    || answer.ground() == Ground.RULES && !planned)
                            .as("%s of %s, seed %s", answer, snapshot, seed)
                            .isTrue();
            }
        }
    }

    /** Without this, the properties above might be true of nothing. */
    @Test
    void randomSegmentsMeetEveryGroundThatTheyCan() {
        Set<Ground> met = EnumSet.noneOf(Ground.class);
        for (long seed = 0; seed < 3000; seed++) {
            SegmentSnapshot snapshot = RandomSegment.of(seed, SMALL, settings(seed));
            CapacitySurvey survey = RandomSegment.survey(snapshot, settings(seed));
            failures(snapshot, seed, 3)
                    .forEach(failure -> met.add(survey.answer(failure).ground()));
        }
        assertThat(met)
                .containsExactlyInAnyOrder(
                        Ground.NOBODY,
                        Ground.ANY_ORDER,
                        Ground.PLANNED,
                        Ground.NO_HOST,
                        Ground.NO_ROOM,
                        Ground.EXHAUSTED,
                        Ground.PLANNER_MISSES,
                        Ground.RULES);
    }

    @Property(tries = 2000)
    void whatIsCertainInAnyOrderIsPlannedInEveryOrderAndByAllWeights(@ForAll long seed) {
        SchedulerSettings settings = settings(seed);
        SegmentSnapshot snapshot = RandomSegment.of(seed, seed % 2 == 0 ? SMALL : LARGE, settings);
        CapacitySurvey survey = RandomSegment.survey(snapshot, settings);
        Random random = new Random(seed);
        for (Failure failure : failures(snapshot, seed, 3)) {
            if (survey.answer(failure).ground() != Ground.ANY_ORDER) {
                continue;
            }
            List<ProtectedInstance> shuffled = new ArrayList<>(moving(snapshot, failure));
            Collections.shuffle(shuffled, random);
            SchedulerSettings other = new SchedulerSettings(
                    settings.vcpuOvercommit(),
                    settings.memoryOvercommit(),
                    settings.diskOvercommit(),
                    random.nextInt(7) - 3,
                    random.nextInt(7) - 3,
                    random.nextInt(10),
                    random.nextInt(5) - 2,
                    random.nextInt(5) - 2,
                    random.nextInt(5) - 2,
                    random.nextInt(5) - 2,
                    random.nextInt(3) * 0.2,
                    1.0,
                    0,
                    settings.maxInstancesPerHost(),
                    settings.advisories(),
                    settings.policies(),
                    settings.zones());
            assertThat(plan(snapshot, other, failure, shuffled))
                    .as("%s, seed %s", failure.name(), seed)
                    .hasOnlyElementsOfType(Placed.class);
        }
    }

    @Property(tries = 500)
    void safetyOfALargeSegmentNoRandomFailureRefutesAYes(@ForAll long seed) {
        SchedulerSettings settings = settings(seed);
        SegmentSnapshot snapshot = RandomSegment.of(seed, large(seed), settings);
        CapacitySurvey survey = RandomSegment.survey(snapshot, settings);
        Outlook outlook = survey.outlook();
        if (outlook.pairs().verdict() == Verdict.SURVIVABLE) {
            failures(snapshot, seed, 20).stream()
                    .filter(failure -> failure.kind() == Failure.Kind.PAIR)
                    .forEach(failure -> assertThat(plan(snapshot, settings, failure))
                            .as("%s, seed %s", failure.name(), seed)
                            .hasOnlyElementsOfType(Placed.class));
        }
        for (Answer answer : Stream.concat(outlook.single().stream(), outlook.domains().stream())
                .toList()) {
            long left = plan(snapshot, settings, answer.failure()).stream()
                    .filter(one -> !(one instanceof Placed))
                    .count();
            assertThat(answer.left()).as("%s, seed %s", answer, seed).isEqualTo((int) left);
            assertThat(answer.verdict() == Verdict.SURVIVABLE).isEqualTo(left == 0);
        }
        Outlook.Pairs pairs = outlook.pairs();
        assertThat((long) pairs.survivable() + pairs.notSurvivable() + pairs.notProven())
                .isEqualTo(pairs.count());
        assertThat(outlook).isEqualTo(survey.outlook());
    }

    @Property(tries = 1000)
    void theBoundForAnyTwoHostsHoldsForEachTwo(@ForAll long seed) {
        SchedulerSettings settings = settings(seed);
        SegmentSnapshot snapshot = RandomSegment.of(seed, new Shape(12, 8, 30), settings);
        if (new AnyOrder(new Columns(snapshot, settings)).certainForAnyTwo()) {
            assertThat(RandomSegment.survey(snapshot, settings)
                            .outlook()
                            .pairs()
                            .verdict())
                    .as("seed %s", seed)
                    .isEqualTo(Verdict.SURVIVABLE);
        }
    }

    @Property(tries = 1500)
    void eachRemedyThatIsNamedHelps(@ForAll long seed) {
        SchedulerSettings settings = settings(seed);
        SegmentSnapshot snapshot = RandomSegment.of(seed, seed % 7 == 0 ? large(seed) : SMALL, settings);
        CapacitySurvey survey = RandomSegment.survey(snapshot, settings);
        for (Failure failure : failures(snapshot, seed, 3)) {
            Details details = survey.details(survey.answer(failure));
            assertThat(details.left()).hasSize(details.answer().left());
            assertThat(details.remedies().isEmpty()).isEqualTo(details.left().isEmpty());
            for (Remedy remedy : details.remedies()) {
                SegmentSnapshot mended = mended(snapshot, remedy);
                assertThat(RandomSegment.survey(mended, settings)
                                .answer(failure)
                                .verdict())
                        .as("%s against %s, seed %s", remedy.text(), failure.name(), seed)
                        .isEqualTo(Verdict.SURVIVABLE);
            }
        }
    }

    private static SegmentSnapshot mended(SegmentSnapshot from, Remedy remedy) {
        return switch (remedy) {
            case Remedy.Free free -> {
                List<HostSnapshot> hosts = from.hosts().stream()
                        .map(host -> !host.host().equals(free.host())
                                ? host
                                : host.withUsed(
                                        new Resources(
                                                host.used().vcpus()
                                                        - free.amount().vcpus(),
                                                host.used().memoryMib()
                                                        - free.amount().memoryMib(),
                                                host.used().diskGib()
                                                        - free.amount().diskGib()),
                                        host.instances()))
                        .toList();
                yield with(from, hosts, from.instances());
            }
            case Remedy.AddHost add -> {
                List<HostSnapshot> hosts = new ArrayList<>(from.hosts());
                String zone = add.zone();
                hosts.add(new HostSnapshot(
                        HostId.of("zz-new"),
                        from.segment(),
                        zone == null ? "nova" : zone,
                        true,
                        true,
                        add.size(),
                        Resources.NOTHING,
                        0));
                yield with(from, hosts, from.instances());
            }
            case Remedy.RaisePriority raise ->
                with(from, from.hosts(), prioritised(from, raise.instance(), raise.to()));
            case Remedy.LowerPriority lower ->
                with(from, from.hosts(), prioritised(from, lower.instance(), lower.to()));
            case Remedy.Unprotect less ->
                with(
                        from,
                        from.hosts(),
                        from.instances().stream()
                                .filter(instance -> !less.instances().contains(instance.id()))
                                .toList());
        };
    }

    private static List<ProtectedInstance> prioritised(SegmentSnapshot from, Object id, int to) {
        return from.instances().stream()
                .map(one -> !one.id().equals(id)
                        ? one
                        : new ProtectedInstance(
                                one.id(), one.name(), one.home(), one.wants(), one.zone(), to, one.rules()))
                .toList();
    }

    private static SegmentSnapshot with(
            SegmentSnapshot from, List<HostSnapshot> hosts, List<ProtectedInstance> instances) {
        return new SegmentSnapshot(
                from.segment(), hosts, from.lost(), from.domains(), from.groups(), instances, from.reaches());
    }

    private static Shape large(long seed) {
        return settings(seed).equals(BALANCED) || RandomSegment.hasRulesBetweenInstances(seed) ? MEDIUM : LARGE;
    }

    private static SchedulerSettings settings(long seed) {
        return switch (Math.floorMod(seed, 12)) {
            case 0, 3, 6 -> OWN_DISK;
            case 1, 2 -> FEW_PER_HOST;
            case 5 -> BALANCED;
            default -> SHARED_DISK;
        };
    }

    /** Some failures of one, two and more hosts. */
    private static List<Failure> failures(SegmentSnapshot snapshot, long seed, int count) {
        Random random = new Random(~seed);
        List<HostId> standing = new ArrayList<>(snapshot.hosts().stream()
                .map(HostSnapshot::host)
                .filter(host -> !snapshot.lost().contains(host))
                .toList());
        List<Failure> failures = new ArrayList<>();
        for (int i = 0; i < count && !standing.isEmpty(); i++) {
            Collections.shuffle(standing, random);
            int size = Math.min(standing.size(), 1 + random.nextInt(3));
            List<HostId> hosts = standing.subList(0, size).stream().sorted().toList();
            failures.add(
                    switch (size) {
                        case 1 -> Failure.host(hosts.getFirst());
                        case 2 -> Failure.pair(hosts.getFirst(), hosts.getLast());
                        default -> Failure.domain("rack=x", hosts);
                    });
        }
        return failures;
    }

    private static int[] places(SegmentSnapshot snapshot, Failure failure) {
        List<HostId> names = snapshot.hosts().stream().map(HostSnapshot::host).toList();
        return failure.hosts().stream().mapToInt(names::indexOf).toArray();
    }

    private static Set<HostId> all(SegmentSnapshot snapshot, Failure failure) {
        Set<HostId> all = new HashSet<>(snapshot.lost());
        all.addAll(failure.hosts());
        return all;
    }

    private static List<ProtectedInstance> moving(SegmentSnapshot snapshot, Failure failure) {
        Set<HostId> failed = all(snapshot, failure);
        return snapshot.instances().stream()
                .filter(instance -> failed.contains(instance.home()))
                .toList();
    }

    private static List<Placement> plan(SegmentSnapshot snapshot, SchedulerSettings settings, Failure failure) {
        return plan(snapshot, settings, failure, moving(snapshot, failure));
    }

    /** By the scheduler itself, told of the failure in its own terms. */
    private static List<Placement> plan(
            SegmentSnapshot snapshot, SchedulerSettings settings, Failure failure, List<ProtectedInstance> moving) {
        Set<HostId> failed = all(snapshot, failure);
        // A failed host is still known, and with it what was said of it beforehand.
        List<HostSnapshot> hosts = snapshot.hosts().stream()
                .map(host -> failed.contains(host.host()) ? host.withAlive(false) : host)
                .toList();
        List<GroupSnapshot> groups =
                snapshot.groups().stream().map(group -> group.without(failed)).toList();
        return new Scheduler(settings)
                .place(
                        hosts,
                        groups,
                        moving.stream()
                                .map(one -> new PlacementRequest(
                                        one.id(),
                                        one.wants(),
                                        one.zone(),
                                        null,
                                        Map.of(),
                                        one.rules().without(failed),
                                        new PlacementRequest.Loss(one.home(), one.priority())))
                                .toList());
    }
}
