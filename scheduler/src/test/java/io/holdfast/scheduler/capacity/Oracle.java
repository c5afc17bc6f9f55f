package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tries every placement, one after the other, and looks at each only when it is complete. It knows no columns, bounds or
 * symmetries; written for being right by reading.
 */
final class Oracle {

    private final SegmentSnapshot snapshot;
    private final SchedulerSettings settings;
    private final Set<HostId> failed;
    private final List<ProtectedInstance> moving;

    Oracle(SegmentSnapshot snapshot, SchedulerSettings settings, Set<HostId> failed) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.failed = failed;
        this.moving = snapshot.instances().stream()
                .filter(instance -> failed.contains(instance.home()))
                .toList();
    }

    int moving() {
        return moving.size();
    }

    boolean somePlacementOfAllExists() {
        return exists(new ArrayList<>());
    }

    private boolean exists(List<HostSnapshot> chosen) {
        if (chosen.size() == moving.size()) {
            return isRight(chosen);
        }
        for (HostSnapshot host : snapshot.hosts()) {
            chosen.add(host);
            boolean found = exists(chosen);
            chosen.removeLast();
            if (found) {
                return true;
            }
        }
        return false;
    }

    private boolean isRight(List<HostSnapshot> chosen) {
        Map<HostId, long[]> taken = new HashMap<>();
        Map<InstanceId, HostId> lives = new HashMap<>();
        for (int i = 0; i < chosen.size(); i++) {
            HostSnapshot host = chosen.get(i);
            ProtectedInstance instance = moving.get(i);
            String zone = instance.zone();
            if (failed.contains(host.host())
                    || !host.alive()
                    || !host.enabled()
                    || (zone != null && !zone.equals(host.zone()))) {
                return false;
            }
            long[] sum = taken.computeIfAbsent(host.host(), id -> new long[3]);
            sum[0] += instance.wants().vcpus();
            sum[1] += instance.wants().memoryMib();
            sum[2] += instance.wants().diskGib();
            lives.put(instance.id(), host.host());
        }
        return snapshot.hosts().stream().allMatch(host -> holds(host, taken.get(host.host())))
                && snapshot.groups().stream().allMatch(group -> keeps(group, lives));
    }

    private boolean holds(HostSnapshot host, long @Nullable [] taken) {
        return taken == null
                || (within(
                                host.capacity().vcpus(),
                                settings.vcpuOvercommit(),
                                host.used().vcpus() + taken[0])
                        && within(
                                host.capacity().memoryMib(),
                                settings.memoryOvercommit(),
                                host.used().memoryMib() + taken[1])
                        && (settings.diskOvercommit() == 0
                                || within(
                                        host.capacity().diskGib(),
                                        settings.diskOvercommit(),
                                        host.used().diskGib() + taken[2])));
    }

    private static boolean within(int capacity, double overcommit, long used) {
        return used <= Math.floor(capacity * overcommit);
    }

    /** Looks only at hosts that somebody moved to: what was wrong before the failure is nobody's fault now. */
    private boolean keeps(GroupSnapshot group, Map<InstanceId, HostId> lives) {
        Map<HostId, Integer> counts = new HashMap<>();
        Map<HostId, Integer> settled = new HashMap<>();
        group.homes().forEach((member, home) -> {
            if (!failed.contains(home)) {
                counts.merge(home, 1, Integer::sum);
                settled.merge(home, 1, Integer::sum);
            }
        });
        List<HostId> arrivals = new ArrayList<>();
        group.members().forEach(member -> {
            HostId to = lives.get(member);
            if (to != null) {
                arrivals.add(to);
                counts.merge(to, 1, Integer::sum);
            }
        });
        return switch (group.policy()) {
            case ANTI_AFFINITY -> arrivals.stream().allMatch(to -> counts.getOrDefault(to, 0) <= group.maxPerHost());
            case AFFINITY ->
                settled.isEmpty()
                        ? arrivals.stream().distinct().count() <= 1
                        : arrivals.stream().allMatch(settled::containsKey);
            case SOFT_AFFINITY, SOFT_ANTI_AFFINITY -> true;
        };
    }
}
