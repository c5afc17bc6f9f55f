package io.holdfast.scheduler.capacity;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Outside;
import io.holdfast.scheduler.PlacementRules;
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
        List<GroupSnapshot> groups = groups(random, all, homes, lost);
        Random outside = new Random(seed ^ 0x2545F491L);
        if (outside.nextInt(4) == 0) {
            snapshots.replaceAll(host -> host.withOutside(saidOf(outside)));
        }
        if (outside.nextInt(4) == 0) {
            snapshots.replaceAll(host -> host.withMetadata(weighedOf(outside)));
        }
        if (outside.nextInt(4) == 0) {
            snapshots.replaceAll(host -> host.withBuildFailures(outside.nextInt(3)));
        }
        if (outside.nextInt(4) == 0) {
            snapshots.replaceAll(host -> host.withBusyPercent(outside.nextInt(3) == 0 ? null : outside.nextInt(101)));
        }
        // Of its own numbers, so that the segments are what they were before there were rules.
        Random more = new Random(seed ^ 0x5DEECE66DL);
        return switch (RuleKind.of(more)) {
            case BETWEEN_INSTANCES ->
                new SegmentSnapshot(
                        SegmentId.of("s"),
                        inAggregates(more, snapshots, domains),
                        lost,
                        domains,
                        spread(more, groups, domains),
                        ruled(more, all, lost),
                        Map.of());
            case OF_HOSTS ->
                new SegmentSnapshot(
                        SegmentId.of("s"),
                        inAggregates(more, snapshots, domains),
                        lost,
                        domains,
                        groups,
                        suited(more, all),
                        Map.of());
            case NONE -> new SegmentSnapshot(SegmentId.of("s"), snapshots, lost, domains, groups, all, Map.of());
        };
    }

    private enum RuleKind {
        BETWEEN_INSTANCES,
        OF_HOSTS,
        NONE;

        static RuleKind of(Random more) {
            return switch (more.nextInt(4)) {
                case 0 -> BETWEEN_INSTANCES;
                case 1 -> OF_HOSTS;
                default -> NONE;
            };
        }
    }

    /** Whether instances ask something of each other there, so that each failure is planned in full. */
    static boolean hasRulesBetweenInstances(long seed) {
        return RuleKind.of(new Random(seed ^ 0x5DEECE66DL)) == RuleKind.BETWEEN_INSTANCES;
    }

    /** Multipliers of its aggregates' own. */
    private static Map<String, Set<String>> weighedOf(Random random) {
        Map<String, Set<String>> metadata = new HashMap<>();
        for (String key : List.of("ram_weight_multiplier", "spread_weight_multiplier", "cpu_weight_multiplier")) {
            if (random.nextInt(3) == 0) {
                metadata.put(key, Set.of("" + (random.nextInt(7) - 3)));
            }
        }
        if (random.nextInt(4) == 0) {
            metadata.put("group_weight_multiplier", Set.of("" + random.nextInt(4)));
        }
        if (random.nextInt(30) == 0) {
            metadata.put("domain_balance_weight_multiplier", Set.of("2"));
        }
        return metadata;
    }

    private static Outside saidOf(Random random) {
        Map<String, String> kinds = new HashMap<>();
        if (random.nextInt(3) == 0) {
            kinds.put(random.nextBoolean() ? "hot" : "pdu-failing", "");
        }
        if (random.nextInt(12) == 0) {
            kinds.put("failing-soon", "");
        }
        return new Outside(kinds, random.nextInt(3) == 0 ? random.nextInt(5) - 2 : 0);
    }

    private static List<HostSnapshot> inAggregates(
            Random random, List<HostSnapshot> hosts, Map<HostId, FailureDomains> domains) {
        return hosts.stream()
                .map(host -> {
                    Map<String, Set<String>> metadata = new HashMap<>(host.metadata());
                    if (random.nextInt(3) > 0) {
                        metadata.put("disk", Set.of(random.nextBoolean() ? "ssd" : "hdd"));
                    }
                    if (random.nextInt(5) == 0) {
                        metadata.put("filter_tenant_id", Set.of("red, blue"));
                    }
                    return new HostSnapshot(
                            host.host(),
                            host.segment(),
                            host.zone(),
                            host.alive(),
                            host.enabled(),
                            host.capacity(),
                            host.used(),
                            host.instances(),
                            domains.getOrDefault(host.host(), FailureDomains.NONE),
                            metadata,
                            host.traits(),
                            host.stocks(),
                            host.buildFailures(),
                            host.busyPercent(),
                            host.outside(),
                            host.cells());
                })
                .toList();
    }

    /** What hosts alone decide. */
    private static List<ProtectedInstance> suited(Random random, List<ProtectedInstance> all) {
        return all.stream()
                .map(one -> with(
                        one, new PlacementRules(Set.of(), Set.of(), Map.of(), wish(random), null, project(random))))
                .toList();
    }

    /** With what instances ask of each other; who is apart from somebody is so both ways, as the store reads it. */
    private static List<ProtectedInstance> ruled(Random random, List<ProtectedInstance> all, Set<HostId> lost) {
        Map<InstanceId, HostId> homes = new HashMap<>();
        all.stream().filter(one -> !lost.contains(one.home())).forEach(one -> homes.put(one.id(), one.home()));
        Map<InstanceId, Set<InstanceId>> same = new HashMap<>();
        Map<InstanceId, Set<InstanceId>> apart = new HashMap<>();
        // Somebody can only name who was there before.
        for (int i = 1; i < all.size(); i++) {
            InstanceId other = all.get(random.nextInt(i)).id();
            InstanceId self = all.get(i).id();
            switch (random.nextInt(6)) {
                case 0 -> same.computeIfAbsent(self, id -> new HashSet<>()).add(other);
                case 1 -> {
                    apart.computeIfAbsent(self, id -> new HashSet<>()).add(other);
                    apart.computeIfAbsent(other, id -> new HashSet<>()).add(self);
                }
                default -> {}
            }
        }
        return all.stream()
                .map(one -> with(
                        one,
                        new PlacementRules(
                                same.getOrDefault(one.id(), Set.of()),
                                apart.getOrDefault(one.id(), Set.of()),
                                homesOf(
                                        homes,
                                        same.getOrDefault(one.id(), Set.of()),
                                        apart.getOrDefault(one.id(), Set.of())),
                                wish(random),
                                null,
                                project(random))))
                .toList();
    }

    private static Map<InstanceId, HostId> homesOf(
            Map<InstanceId, HostId> homes, Set<InstanceId> same, Set<InstanceId> apart) {
        Map<InstanceId, HostId> named = new HashMap<>(homes);
        named.keySet().removeIf(id -> !same.contains(id) && !apart.contains(id));
        return named;
    }

    private static HostWish wish(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> HostWish.ofAggregates(Map.of("disk", "ssd"));
            case 1 -> HostWish.ofAggregates(Map.of("disk", "<or> ssd <or> hdd"));
            default -> HostWish.NONE;
        };
    }

    private static ProjectId project(Random random) {
        return ProjectId.of(random.nextBoolean() ? "red" : "green");
    }

    private static List<GroupSnapshot> spread(
            Random random, List<GroupSnapshot> groups, Map<HostId, FailureDomains> domains) {
        return groups.stream()
                .map(group -> random.nextBoolean()
                        ? group
                        : new GroupSnapshot(
                                group.id(),
                                group.name(),
                                group.policy(),
                                group.maxPerHost(),
                                group.members(),
                                group.homes(),
                                Set.of("rack"),
                                domains))
                .toList();
    }

    private static ProtectedInstance with(ProtectedInstance one, PlacementRules rules) {
        return new ProtectedInstance(one.id(), one.name(), one.home(), one.wants(), one.zone(), one.priority(), rules);
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
