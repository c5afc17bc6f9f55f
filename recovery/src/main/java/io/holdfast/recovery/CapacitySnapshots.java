package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Instance;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.ReserveRule;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.capacity.CapacityPlanner;
import io.holdfast.scheduler.capacity.ProtectedInstance;
import io.holdfast.scheduler.capacity.Reach;
import io.holdfast.scheduler.capacity.SegmentChange;
import io.holdfast.scheduler.capacity.SegmentSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a segment's survey is told: who is protected is what the case machine itself would move, played host by host.
 *
 * <p>Pure. Dependencies and consumers' answers only delay a start, so they play no part: the plan is for all at once.
 */
final class CapacitySnapshots {

    private final List<ComputeHost> hosts;
    private final Map<HostId, List<Instance>> living;
    private final List<ServerGroup> groups;
    private final List<FailoverSegment> segments;
    private final List<FailoverHost> said;
    private final Map<HostId, HostSurroundings> around;
    private final Map<InstanceId, PlacementTerms> terms;

    /** All as it was read at one moment. */
    CapacitySnapshots(
            List<ComputeHost> hosts,
            List<Instance> instances,
            List<ServerGroup> groups,
            List<FailoverSegment> segments,
            List<FailoverHost> said,
            Map<HostId, HostSurroundings> around,
            Map<InstanceId, PlacementTerms> terms) {
        this.around = Map.copyOf(around);
        this.terms = Map.copyOf(terms);
        this.hosts = List.copyOf(hosts);
        this.groups = List.copyOf(groups);
        this.segments = List.copyOf(segments);
        this.said = List.copyOf(said);
        this.living = new HashMap<>();
        // As a case lists them: by age.
        instances.stream()
                .sorted(Comparator.comparing(Instance::createdAt).thenComparing(Instance::id))
                .forEach(instance -> {
                    HostId home = instance.home();
                    if (home != null) {
                        living.computeIfAbsent(home, ignored -> new ArrayList<>())
                                .add(instance);
                    }
                });
    }

    /** By segment. */
    Map<SegmentId, SegmentSnapshot> read(Predicate<HostId> avoided, Instant now, RecoverySettings settings) {
        return read(avoided, now, settings, Set.of());
    }

    /** @param arriving whose server groups are to be in it as well */
    Map<SegmentId, SegmentSnapshot> read(
            Predicate<HostId> avoided, Instant now, RecoverySettings settings, Set<InstanceId> arriving) {
        Map<SegmentId, List<ComputeHost>> bySegment = hosts.stream()
                .sorted(Comparator.comparing(ComputeHost::id))
                .collect(Collectors.groupingBy(
                        ComputeHost::segment,
                        () -> new TreeMap<>(Comparator.comparing(SegmentId::value)),
                        Collectors.toList()));
        Map<SegmentId, SegmentSnapshot> all = new TreeMap<>(Comparator.comparing(SegmentId::value));
        bySegment.forEach(
                (segment, members) -> all.put(segment, one(segment, members, avoided, now, settings, arriving)));
        return all;
    }

    private SegmentSnapshot one(
            SegmentId segment,
            List<ComputeHost> members,
            Predicate<HostId> avoided,
            Instant now,
            RecoverySettings settings,
            Set<InstanceId> arriving) {
        Map<HostId, FailureDomains> domains = new HashMap<>();
        Set<HostId> lost = new HashSet<>();
        List<ProtectedInstance> guarded = new ArrayList<>();
        for (ComputeHost host : members) {
            domains.put(host.id(), host.domains());
            if (host.state() == HostState.CONDEMNED || host.state() == HostState.FENCED) {
                lost.add(host.id());
            }
            List<Instance> there = living.getOrDefault(host.id(), List.of());
            for (Move move : DryRun.moved(segment, host.id(), host.epoch(), there, now, settings)) {
                guarded.add(guarded(move, host.id()));
            }
        }
        Set<InstanceId> ids = new HashSet<>(arriving);
        guarded.forEach(instance -> ids.add(instance.id()));
        List<HostSnapshot> snapshots = members.stream()
                .map(host -> HostSnapshots.of(host, avoided, around.getOrDefault(host.id(), HostSurroundings.NONE)))
                .toList();
        // Members may live in other segments, and share a room with hosts of this one.
        Map<HostId, FailureDomains> all =
                hosts.stream().collect(Collectors.toMap(ComputeHost::id, ComputeHost::domains));
        return new SegmentSnapshot(
                segment,
                snapshots,
                lost,
                domains,
                HostSnapshots.ofMembers(groups, ids, all),
                guarded,
                reaches(members, snapshots));
    }

    /** What an instance would be once it has its home there. */
    SegmentChange.Arrival arrival(
            ComputeHost host, Instance instance, boolean claims, Instant now, RecoverySettings settings) {
        return DryRun.moved(host.segment(), host.id(), host.epoch(), List.of(instance), now, settings).stream()
                .findFirst()
                .map(move -> new SegmentChange.Arrival(guarded(move, host.id()), true, claims))
                .orElseGet(() -> new SegmentChange.Arrival(
                        new ProtectedInstance(
                                instance.id(),
                                instance.name(),
                                host.id(),
                                instance.resources(),
                                instance.zone(),
                                0,
                                HostSnapshots.rules(terms.get(instance.id()))),
                        false,
                        claims));
    }

    private ProtectedInstance guarded(Move move, HostId home) {
        return new ProtectedInstance(
                move.id(),
                move.name(),
                home,
                move.wants(),
                move.zone(),
                move.terms().priority(),
                HostSnapshots.rules(terms.get(move.id())));
    }

    private Map<HostId, Reach> reaches(List<ComputeHost> members, List<HostSnapshot> snapshots) {
        Set<HostId> all = members.stream().map(ComputeHost::id).collect(Collectors.toSet());
        Map<HostId, Reach> reaches = new HashMap<>();
        Reserves.reserves(segments, said, members, snapshots, all).forEach((host, reserve) -> {
            Set<HostId> widest = new HashSet<>(reserve.hosts());
            if (reserve.method() != RecoveryMethod.RESERVED_HOST) {
                snapshots.stream()
                        .filter(HostSnapshot::enabled)
                        .map(HostSnapshot::host)
                        .forEach(widest::add);
            }
            reaches.put(host, new Reach(widest));
        });
        return reaches;
    }

    /** As {@link Reserves} plans, with what was read here in place of the store. */
    CapacityPlanner planner(Scheduler scheduler) {
        return (offered, known, requests, failed) -> ReserveRule.place(
                        offered,
                        requests,
                        Reserves.reserves(segments, said, hosts, offered, failed),
                        (opened, limited) -> scheduler.place(opened, known, limited))
                .placements();
    }
}
