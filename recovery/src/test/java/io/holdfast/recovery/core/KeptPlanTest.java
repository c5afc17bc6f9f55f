package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Outside;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeptPlanTest {

    private static final HostId FAILED = HostId.of("h0");
    private static final Scheduler SCHEDULER = new Scheduler(SchedulerSettings.defaults());

    /** What counts in a plan, changed at random in one place: whenever the plan answers still, planning answers the same. */
    @Property(tries = 2000)
    void itAnswersOnlyWhatPlanningWouldAnswer(@ForAll long seed) {
        Random random = new Random(seed);
        List<HostSnapshot> hosts = hosts(random);
        PlanQuestion before = question(random, KeptPlan.without(FAILED, hosts));
        KeptPlan kept = KeptPlan.of(FAILED, hosts, before, planned(before), Instant.EPOCH);
        PlanQuestion now = changed(random, before);
        if (kept != null && kept.answers(now)) {
            assertThat(homes(planned(now))).as("seed %s", seed).isEqualTo(homes(kept.outcome()));
        }
    }

    @Property(tries = 300)
    void whatHasFailedMayHaveChangedInAllButWhatIsSaidOfIt(@ForAll long seed) {
        Random random = new Random(seed);
        List<HostSnapshot> hosts = hosts(random);
        PlanQuestion before = question(random, KeptPlan.without(FAILED, hosts));
        KeptPlan kept = KeptPlan.of(FAILED, hosts, before, planned(before), Instant.EPOCH);
        if (kept == null) {
            return;
        }
        HostSnapshot failed = before.hosts().getFirst();
        HostSnapshot other = failed.withEnabled(!failed.enabled())
                .withUsed(new Resources(0, 512 * random.nextInt(9), 0), random.nextInt(9))
                .withMetadata(random.nextBoolean() ? Map.of() : Map.of("filter_tenant_id", Set.of("p")))
                .withBuildFailures(random.nextInt(3));
        PlanQuestion now = with(before, 0, other);
        assertThat(kept.answers(now)).isTrue();
        assertThat(homes(planned(now))).as("seed %s", seed).isEqualTo(homes(kept.outcome()));
        assertThat(kept.answers(with(before, 0, failed.withOutside(new Outside(Map.of("new", "word"), 0)))))
                .as("another word of it")
                .isFalse();
        assertThat(kept.answers(with(before, 0, failed.withAlive(true))))
                .as("alive again")
                .isFalse();
    }

    @Test
    void whateverElseIsAnotherIsAnotherQuestion() {
        List<HostSnapshot> hosts = List.of(host(0, 0, 0), host(1, 0, 0), host(2, 0, 0));
        PlacementRequest request = request(0, 0);
        GroupSnapshot group = group(GroupPolicy.ANTI_AFFINITY, Map.of(instance(7), HostId.of("h1")));
        ReserveRule.Reserve reserve =
                new ReserveRule.Reserve(RecoveryMethod.RH_PRIORITY, "s", List.of(HostId.of("h2")), 0);
        PlanQuestion asked = new PlanQuestion(
                KeptPlan.without(FAILED, hosts), List.of(group), List.of(request), Map.of(FAILED, reserve));
        KeptPlan kept = KeptPlan.of(FAILED, hosts, asked, planned(asked), Instant.EPOCH);
        assertThat(kept != null && kept.answers(asked)).isTrue();
        List<HostSnapshot> left = asked.hosts();
        for (PlanQuestion other : List.of(
                new PlanQuestion(left, List.of(), List.of(request), asked.reserves()),
                new PlanQuestion(left, asked.groups(), List.of(request, request(1, 0)), asked.reserves()),
                new PlanQuestion(left, asked.groups(), List.of(request(0, 1)), asked.reserves()),
                new PlanQuestion(left, asked.groups(), List.of(request), Map.of()),
                new PlanQuestion(left.subList(0, 2), asked.groups(), List.of(request), asked.reserves()),
                new PlanQuestion(
                        List.of(left.get(1), left.get(0), left.get(2)),
                        asked.groups(),
                        List.of(request),
                        asked.reserves()),
                with(asked, 1, left.get(1).withAlive(false)),
                with(asked, 1, left.get(1).withUsed(new Resources(0, 1, 0), 0)))) {
            assertThat(kept != null && kept.answers(other)).as("%s", other).isFalse();
        }
    }

    @Test
    void aPlanThatLeavesSomebodyOutIsNone() {
        List<HostSnapshot> hosts = List.of(host(0, 0, 0));
        PlanQuestion asked =
                new PlanQuestion(KeptPlan.without(FAILED, hosts), List.of(), List.of(request(0, 0)), Map.of());
        assertThat(KeptPlan.of(FAILED, hosts, asked, planned(asked), Instant.EPOCH))
                .isNull();
    }

    private static PlanQuestion changed(Random random, PlanQuestion asked) {
        int at = random.nextInt(asked.hosts().size());
        HostSnapshot host = asked.hosts().get(at);
        List<PlacementRequest> requests = new ArrayList<>(asked.requests());
        return switch (random.nextInt(9)) {
            case 0 -> asked;
            case 1 -> with(asked, at, host.withAlive(!host.alive()));
            case 2 -> with(asked, at, host.withEnabled(!host.enabled()));
            case 3 -> with(asked, at, host.withUsed(new Resources(0, 512 * random.nextInt(17), 0), random.nextInt(9)));
            case 4 -> with(asked, at, host.withOutside(outside(random)));
            case 5 -> with(asked, at, host.withBuildFailures(random.nextInt(3)));
            case 6 -> {
                requests.removeLast();
                yield new PlanQuestion(asked.hosts(), asked.groups(), requests, asked.reserves());
            }
            case 7 -> {
                requests.set(0, request(0, random.nextInt(3)));
                yield new PlanQuestion(asked.hosts(), asked.groups(), requests, asked.reserves());
            }
            default -> new PlanQuestion(asked.hosts(), groups(random), requests, asked.reserves());
        };
    }

    private static PlanQuestion with(PlanQuestion asked, int at, HostSnapshot host) {
        List<HostSnapshot> hosts = new ArrayList<>(asked.hosts());
        hosts.set(at, host);
        return new PlanQuestion(hosts, asked.groups(), asked.requests(), asked.reserves());
    }

    private static PlanQuestion question(Random random, List<HostSnapshot> hosts) {
        List<PlacementRequest> requests = new ArrayList<>();
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            requests.add(request(i, (count - i) / 3));
        }
        RecoveryMethod method = RecoveryMethod.values()[random.nextInt(4)];
        return new PlanQuestion(
                hosts,
                groups(random),
                requests,
                method == RecoveryMethod.AUTO
                        ? Map.of()
                        : Map.of(FAILED, new ReserveRule.Reserve(method, "s", List.of(HostId.of("h1")), 0)));
    }

    private static List<HostSnapshot> hosts(Random random) {
        List<HostSnapshot> hosts = new ArrayList<>();
        for (int h = 0; h < 3 + random.nextInt(3); h++) {
            hosts.add(host(h, 512 * random.nextInt(9), random.nextInt(2))
                    .withAlive(random.nextInt(6) != 0)
                    .withEnabled(random.nextInt(6) != 0)
                    .withOutside(outside(random)));
        }
        return hosts;
    }

    private static List<GroupSnapshot> groups(Random random) {
        return random.nextBoolean()
                ? List.of()
                : List.of(group(
                        GroupPolicy.values()[random.nextInt(4)],
                        random.nextBoolean() ? Map.of() : Map.of(instance(7), HostId.of("h" + random.nextInt(3)))));
    }

    private static GroupSnapshot group(GroupPolicy policy, Map<InstanceId, HostId> homes) {
        return new GroupSnapshot(
                ServerGroupId.of(new UUID(0, 1)), "g", policy, 1, Set.of(instance(0), instance(2), instance(7)), homes);
    }

    private static Outside outside(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> new Outside(Map.of("hot", "says test"), 0);
            case 1 -> new Outside(Map.of("pdu-failing", "says test"), 0);
            case 2 -> new Outside(Map.of(), random.nextInt(3));
            case 3 -> new Outside(Map.of("failing-soon", "says test"), 0);
            default -> Outside.NONE;
        };
    }

    private static HostSnapshot host(int number, int usedMib, int rack) {
        return new HostSnapshot(
                HostId.of("h" + number),
                SegmentId.of("s"),
                "z",
                true,
                true,
                new Resources(64, 8192, 100),
                new Resources(0, usedMib, 0),
                usedMib / 512,
                new FailureDomains(Map.of("rack", "r" + rack)),
                Map.of(),
                Set.of(),
                Map.of(),
                0,
                Outside.NONE);
    }

    private static PlacementRequest request(int number, int priority) {
        return new PlacementRequest(
                        instance(number),
                        new Resources(1, 1024 + 512 * (number % 3), 1),
                        null,
                        null,
                        Map.of(FAILED, "is the host that failed"))
                .after(new PlacementRequest.Loss(FAILED, priority));
    }

    private static InstanceId instance(int number) {
        return InstanceId.of(new UUID(1, number));
    }

    private static ReserveRule.Outcome planned(PlanQuestion asked) {
        return asked.planned((offered, limited) -> SCHEDULER.place(offered, asked.groups(), limited));
    }

    private static List<@Nullable HostId> homes(ReserveRule.Outcome outcome) {
        List<@Nullable HostId> homes = new ArrayList<>();
        for (Placement placement : outcome.placements()) {
            homes.add(placement instanceof Placement.Placed placed ? placed.host() : null);
        }
        return homes;
    }
}
