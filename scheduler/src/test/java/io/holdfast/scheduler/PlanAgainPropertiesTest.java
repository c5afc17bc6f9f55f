package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** A plan that builds on the one before, against one that knows of none: word for word the same, whatever changed. */
class PlanAgainPropertiesTest {

    private final Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());

    @Property(tries = 1000)
    void whatWasPlannedBeforeChangesNothingInThePlan(@ForAll long seed) {
        Random random = new Random(seed);
        List<HostSnapshot> hosts = hosts(random);
        List<GroupSnapshot> groups = groups(random);
        List<PlacementRequest> requests = requests(random);
        @Nullable Plan last = null;
        for (int round = 0; round < 8; round++) {
            Plan plan = scheduler.plan(last, hosts, groups, requests);
            assertThat(plan.placements())
                    .as("round %s, seed %s", round, seed)
                    .isEqualTo(scheduler.place(hosts, groups, requests));
            assertThat(plan.hosts()).isEqualTo(hosts);
            last = plan;
            switch (random.nextInt(8)) {
                case 0 -> groups = groups(random);
                case 1 -> requests = requests(random);
                case 2 -> hosts = hosts(random);
                default -> hosts = disturbed(hosts, random);
            }
        }
    }

    /** Mostly full, so that mostly nobody finds a home. */
    private static List<HostSnapshot> hosts(Random random) {
        List<HostSnapshot> hosts = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(5); i++) {
            hosts.add(host(HostId.of("h" + i), random));
        }
        return hosts;
    }

    private static HostSnapshot host(HostId id, Random random) {
        int used = random.nextInt(8) == 0 ? 300 : 380 + random.nextInt(20);
        return new HostSnapshot(
                id,
                SegmentId.of("s"),
                random.nextBoolean() ? "a" : "b",
                random.nextInt(3) > 0,
                random.nextInt(4) > 0,
                new Resources(64, 400, 100),
                new Resources(1, used, 1),
                random.nextInt(3));
    }

    /** Some of them are not what they were. */
    private static List<HostSnapshot> disturbed(List<HostSnapshot> hosts, Random random) {
        return hosts.stream()
                .map(host -> random.nextInt(3) == 0 ? host(host.host(), random) : host)
                .toList();
    }

    private static List<GroupSnapshot> groups(Random random) {
        List<GroupSnapshot> groups = new ArrayList<>();
        for (int i = 0; i < random.nextInt(3); i++) {
            Set<InstanceId> members = new HashSet<>();
            Map<InstanceId, HostId> homes = new HashMap<>();
            for (int member = i; member < 12; member += 3) {
                InstanceId id = InstanceId.of(new UUID(1, member));
                members.add(id);
                if (random.nextBoolean()) {
                    homes.put(id, HostId.of("h" + random.nextInt(5)));
                }
            }
            groups.add(new GroupSnapshot(
                    ServerGroupId.of(new UUID(9, i)),
                    "g" + i,
                    GroupPolicy.values()[random.nextInt(4)],
                    1 + random.nextInt(2),
                    members,
                    homes));
        }
        return groups;
    }

    private static List<PlacementRequest> requests(Random random) {
        List<PlacementRequest> requests = new ArrayList<>();
        for (int i = 0; i < random.nextInt(7); i++) {
            requests.add(new PlacementRequest(
                    InstanceId.of(new UUID(1, i)),
                    new Resources(1, 30 + 20 * random.nextInt(3), 1),
                    random.nextInt(3) == 0 ? "a" : null,
                    random.nextInt(6) == 0 ? HostId.of("h" + random.nextInt(7)) : null,
                    random.nextInt(3) == 0 ? Map.of(HostId.of("h0"), "was tried before") : Map.of()));
        }
        return requests;
    }
}
