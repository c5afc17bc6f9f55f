package io.holdfast.scheduler.capacity;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRules;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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
                    || !suits(instance.rules(), host)
                    || (zone != null && !zone.equals(host.zone()))) {
                return false;
            }
            long[] sum = taken.computeIfAbsent(host.host(), id -> new long[4]);
            sum[0] += instance.wants().vcpus();
            sum[1] += instance.wants().memoryMib();
            sum[2] += instance.wants().diskGib();
            sum[3]++;
            lives.put(instance.id(), host.host());
        }
        return snapshot.hosts().stream().allMatch(host -> holds(host, taken.get(host.host())))
                && snapshot.groups().stream().allMatch(group -> keeps(group, lives) && isSpread(group, lives))
                && moving.stream().allMatch(instance -> isWithAndApart(instance, lives));
    }

    /** Of what {@link RandomSegment} makes alone. */
    private static boolean suits(PlacementRules rules, HostSnapshot host) {
        Set<String> disks = host.metadata().getOrDefault("disk", Set.of());
        String wanted = rules.wish().aggregates().get("disk");
        boolean has = wanted == null || (wanted.equals("ssd") ? disks.contains("ssd") : !disks.isEmpty());
        boolean kept = host.metadata().containsKey("filter_tenant_id");
        ProjectId project = rules.project();
        return has && (!kept || (project != null && project.value().equals("red")));
    }

    private boolean isWithAndApart(ProtectedInstance instance, Map<InstanceId, HostId> lives) {
        HostId here = lives.get(instance.id());
        Set<HostId> with = homes(instance.rules().sameHost(), instance.rules(), lives);
        return (with.isEmpty() || with.contains(here))
                && !homes(instance.rules().differentHost(), instance.rules(), lives)
                        .contains(here);
    }

    private Set<HostId> homes(Set<InstanceId> named, PlacementRules rules, Map<InstanceId, HostId> lives) {
        Set<HostId> homes = new HashSet<>();
        for (InstanceId one : named) {
            HostId at = lives.getOrDefault(one, rules.homes().get(one));
            if (at != null && !failed.contains(at)) {
                homes.add(at);
            }
        }
        return homes;
    }

    private boolean isSpread(GroupSnapshot group, Map<InstanceId, HostId> lives) {
        if (group.spread().isEmpty()) {
            return true;
        }
        for (InstanceId member : group.members()) {
            HostId to = lives.get(member);
            if (to == null) {
                continue;
            }
            String rack = rack(to);
            for (InstanceId other : group.members()) {
                HostId at = lives.getOrDefault(other, group.homes().get(other));
                boolean counts = !other.equals(member) && at != null && !failed.contains(at);
                if (rack == null || (counts && rack.equals(rack(at)))) {
                    return false;
                }
            }
        }
        return true;
    }

    private @Nullable String rack(HostId host) {
        return snapshot.domains()
                .getOrDefault(host, FailureDomains.NONE)
                .names()
                .get("rack");
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
                                        host.used().diskGib() + taken[2]))
                        && (settings.maxInstancesPerHost() == 0
                                || host.instances() + taken[3] <= settings.maxInstancesPerHost()));
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
