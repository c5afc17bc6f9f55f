package io.holdfast.scheduler.capacity;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** Segments of any shape: zones, racks, hosts out of service or lost, groups of all four kinds, some full and some empty. */
final class RandomSegment {

    private RandomSegment() {}

    /** What shapes them. */
    record Shape(int hosts, int instances, int roomPerInstance) {}

    static SegmentSnapshot of(long seed, Shape shape, SchedulerSettings settings) {
        Random random = new Random(seed);
        int hosts = 2 + random.nextInt(shape.hosts() - 1);
        int instances = random.nextInt(shape.instances() + 1);
        List<HostId> names = new ArrayList<>();
        for (int h = 0; h < hosts; h++) {
            names.add(HostId.of("h" + h));
        }
        boolean zones = random.nextInt(3) == 0;
        boolean plain = random.nextBoolean();
        Map<HostId, Resources> used = new HashMap<>();
        Map<HostId, Integer> counts = new HashMap<>();
        List<ProtectedInstance> all = new ArrayList<>();
        Map<InstanceId, HostId> homes = new HashMap<>();
        for (int i = 0; i < instances; i++) {
            Resources wants = new Resources(
                    plain ? 1 : random.nextInt(5),
                    plain ? 1 + random.nextInt(2) : random.nextInt(9),
                    random.nextInt(3));
            HostId home = names.get(random.nextInt(hosts));
            InstanceId id = InstanceId.of(new UUID(1, i));
            all.add(new ProtectedInstance(
                    id,
                    "i" + i,
                    home,
                    wants,
                    zones && random.nextInt(3) == 0 ? "z" + random.nextInt(3) : null,
                    100 + random.nextInt(3)));
            used.merge(home, wants, Resources::plus);
            counts.merge(home, 1, Integer::sum);
            homes.put(id, home);
        }
        List<HostSnapshot> snapshots = new ArrayList<>();
        Set<HostId> lost = new HashSet<>();
        Map<HostId, FailureDomains> domains = new HashMap<>();
        boolean disturbed = random.nextInt(3) == 0;
        for (HostId name : names) {
            Resources has = used.getOrDefault(name, Resources.NOTHING);
            Resources spare = new Resources(
                    random.nextInt(shape.roomPerInstance() * 2 + 1),
                    random.nextInt(shape.roomPerInstance() * 4 + 1),
                    random.nextInt(shape.roomPerInstance() + 1));
            boolean isLost = disturbed && random.nextInt(6) == 0;
            if (isLost) {
                lost.add(name);
            }
            snapshots.add(new HostSnapshot(
                    name,
                    SegmentId.of("s"),
                    zones ? "z" + random.nextInt(2) : "nova",
                    !isLost && !(disturbed && random.nextInt(8) == 0),
                    !(disturbed && random.nextInt(8) == 0),
                    // Sometimes more is used than there is: somebody lowered what may be promised.
                    random.nextInt(20) == 0 ? spare : has.plus(spare),
                    has,
                    counts.getOrDefault(name, 0)));
            domains.put(name, new FailureDomains(Map.of("rack", "r" + random.nextInt(3))));
        }
        return new SegmentSnapshot(
                SegmentId.of("s"), snapshots, lost, domains, groups(random, all, homes, lost), all, Map.of());
    }

    private static List<GroupSnapshot> groups(
            Random random, List<ProtectedInstance> all, Map<InstanceId, HostId> homes, Set<HostId> lost) {
        List<GroupSnapshot> groups = new ArrayList<>();
        if (random.nextBoolean()) {
            return groups;
        }
        int next = 0;
        while (next < all.size()) {
            int size = Math.min(all.size() - next, 1 + random.nextInt(4));
            Set<InstanceId> members = new HashSet<>();
            Map<InstanceId, HostId> live = new HashMap<>();
            for (int i = 0; i < size; i++) {
                InstanceId member = all.get(next++).id();
                members.add(member);
                HostId home = homes.getOrDefault(member, HostId.of("nowhere"));
                if (!lost.contains(home)) {
                    live.put(member, home);
                }
            }
            if (random.nextInt(4) == 0) {
                // Somebody who is not protected is in the group, too.
                InstanceId other = InstanceId.of(new UUID(2, next));
                members.add(other);
                live.put(other, HostId.of("h" + random.nextInt(2)));
            }
            if (random.nextInt(3) > 0) {
                groups.add(new GroupSnapshot(
                        ServerGroupId.of(new UUID(3, next)),
                        "g" + next,
                        GroupPolicy.values()[random.nextInt(4)],
                        1 + random.nextInt(2),
                        members,
                        live));
            }
        }
        return groups;
    }

    static CapacitySurvey survey(SegmentSnapshot snapshot, SchedulerSettings settings) {
        Scheduler scheduler = new Scheduler(settings);
        return new CapacitySurvey(
                snapshot, settings, (hosts, groups, requests, failed) -> scheduler.place(hosts, groups, requests));
    }
}
