package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The largest plan that docs/benchmarks.md tells of; says how long it took, and is right whatever that was. */
class PlanOfAThousandTest {

    private static final int HOSTS = 100;
    private static final int INSTANCES = 1000;
    private static final int ROUNDS = 20;

    @Test
    void aThousandInstancesInGroupsFindHomesOnAHundredHostsOrHearWhyNot() {
        List<PlacementRequest> requests = new ArrayList<>();
        List<GroupSnapshot> groups = new ArrayList<>();
        for (int i = 0; i < INSTANCES; i++) {
            requests.add(new PlacementRequest(
                    id(i),
                    new Resources(1, 1024, 1),
                    null,
                    null,
                    Map.of(HostId.of("host-0"), "is the host that failed")));
        }
        for (int g = 0; g < INSTANCES / 10; g++) {
            Set<InstanceId> members = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                members.add(id(g * 10 + i));
            }
            GroupPolicy policy = GroupPolicy.values()[g % GroupPolicy.values().length];
            groups.add(new GroupSnapshot(ServerGroupId.of(new UUID(2, g)), "g" + g, policy, 1, members, Map.of()));
        }
        List<Placement> roomy = measured("room for all", hosts(64 * 1024), groups, requests);
        assertThat(roomy).hasOnlyElementsOfType(Placement.Placed.class);
        List<Placement> full = measured("room for none", hosts(512), groups, requests);
        assertThat(full).hasOnlyElementsOfType(Placement.NoValidHost.class);
        assertThat(((Placement.NoValidHost) full.getLast()).refusals()).hasSize(HOSTS);
    }

    private static List<Placement> measured(
            String what, List<HostSnapshot> hosts, List<GroupSnapshot> groups, List<PlacementRequest> requests) {
        Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());
        List<Placement> plan = List.of();
        StringBuilder micros = new StringBuilder();
        for (int round = 0; round < ROUNDS; round++) {
            long begun = System.nanoTime();
            plan = scheduler.place(hosts, groups, requests);
            micros.append(' ').append((System.nanoTime() - begun) / 1000);
        }
        System.out.println("MEASURED plan of a thousand, " + what + ", microseconds:" + micros);
        return plan;
    }

    private static List<HostSnapshot> hosts(int memoryMib) {
        List<HostSnapshot> hosts = new ArrayList<>();
        for (int i = 0; i < HOSTS; i++) {
            hosts.add(new HostSnapshot(
                    HostId.of("host-" + i),
                    SegmentId.of("s"),
                    "nova",
                    true,
                    true,
                    new Resources(64, memoryMib, 1000),
                    Resources.NOTHING,
                    0));
        }
        return hosts;
    }

    private static InstanceId id(int n) {
        return InstanceId.of(new UUID(1, n));
    }
}
