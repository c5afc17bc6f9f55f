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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * A segment as one meets it, made of numbers alone, to measure on: flavors of four sizes, three priorities, racks of eight hosts,
 * one instance in ten in a group of two that must be apart. The same numbers make the same segment.
 */
public final class LoadedSegment {

    private static final int[] MEMORY_MIB = {2048, 4096, 8192, 16384};
    private static final int GROUPED_EVERY = 10;
    private static final int HOSTS_PER_RACK = 8;

    private LoadedSegment() {}

    /**
     * @param hosts 2 or more
     * @param instances all of them protected, spread over the hosts in turn
     * @param percentUsed how much of all memory they use, 1 to 100
     */
    public static SegmentSnapshot of(int hosts, int instances, int percentUsed) {
        List<ProtectedInstance> all = new ArrayList<>();
        int[] memory = new int[hosts];
        int[] cpus = new int[hosts];
        int[] counts = new int[hosts];
        long total = 0;
        for (int i = 0; i < instances; i++) {
            int home = i % hosts;
            // In steps that share no factor with the number of hosts, so that each host has some of each size.
            int size = i * 7 / hosts % MEMORY_MIB.length;
            Resources wants = new Resources(1 << size, MEMORY_MIB[size], 20);
            all.add(new ProtectedInstance(
                    InstanceId.of(new UUID(1, i)), "i" + i, host(home), wants, null, 100 * (1 + i % 3)));
            memory[home] += wants.memoryMib();
            cpus[home] += wants.vcpus();
            counts[home]++;
            total += wants.memoryMib();
        }
        int capacity = (int) (total * 100 / percentUsed / hosts);
        List<HostSnapshot> snapshots = new ArrayList<>();
        Map<HostId, FailureDomains> domains = new HashMap<>();
        for (int h = 0; h < hosts; h++) {
            snapshots.add(new HostSnapshot(
                    host(h),
                    SegmentId.of("bench"),
                    "nova",
                    true,
                    true,
                    new Resources(96, Math.max(capacity, memory[h]), 10_000),
                    new Resources(cpus[h], memory[h], 0),
                    counts[h]));
            domains.put(host(h), new FailureDomains(Map.of("rack", "r" + h / HOSTS_PER_RACK)));
        }
        return new SegmentSnapshot(SegmentId.of("bench"), snapshots, Set.of(), domains, groups(all), all, Map.of());
    }

    private static List<GroupSnapshot> groups(List<ProtectedInstance> all) {
        List<GroupSnapshot> groups = new ArrayList<>();
        for (int i = 0; i + 1 < all.size(); i += 2 * GROUPED_EVERY) {
            ProtectedInstance one = all.get(i);
            ProtectedInstance other = all.get(i + 1);
            groups.add(new GroupSnapshot(
                    ServerGroupId.of(new UUID(2, i)),
                    "g" + i,
                    GroupPolicy.ANTI_AFFINITY,
                    1,
                    Set.of(one.id(), other.id()),
                    Map.of(one.id(), one.home(), other.id(), other.home())));
        }
        return groups;
    }

    private static HostId host(int number) {
        return HostId.of(String.format(Locale.ROOT, "host-%04d", number));
    }
}
