package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import io.holdfast.scheduler.Placement.Refusal;
import io.holdfast.scheduler.PlacementRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A failure's plan by the planner itself, with each filter's word. */
final class PlanInWords {

    private static final String CAPACITY = "capacity";

    private final SegmentSnapshot snapshot;
    private final CapacityPlanner planner;

    PlanInWords(SegmentSnapshot snapshot, CapacityPlanner planner) {
        this.snapshot = snapshot;
        this.planner = planner;
    }

    /** @param moving in the order of importance */
    List<Placement> plan(List<ProtectedInstance> moving, Collection<HostId> lost) {
        Set<HostId> failed = Set.copyOf(lost);
        return planner.place(
                snapshot.hosts().stream().map(host -> shown(host, failed)).toList(),
                snapshot.groups().stream().map(group -> group.without(failed)).toList(),
                moving.stream()
                        .map(instance -> new PlacementRequest(
                                instance.id(),
                                instance.wants(),
                                instance.zone(),
                                null,
                                Map.of(instance.home(), "is the host that failed"),
                                instance.rules().without(failed),
                                new PlacementRequest.Loss(instance.home(), instance.priority())))
                        .toList(),
                failed);
    }

    private static HostSnapshot shown(HostSnapshot host, Set<HostId> failed) {
        return failed.contains(host.host()) ? host.withAlive(false) : host;
    }

    /** Those who find no home, each with the host that has the least against it. */
    List<Details.Left> left(List<ProtectedInstance> moving, Collection<HostId> failed) {
        Map<Object, Placement> plan = new HashMap<>();
        plan(moving, failed).forEach(placement -> plan.put(placement.instance(), placement));
        Map<HostId, Resources> taken = new HashMap<>();
        List<Details.Left> left = new ArrayList<>();
        for (ProtectedInstance instance : moving) {
            switch (plan.get(instance.id())) {
                case Placed placed -> taken.merge(placed.host(), instance.wants(), Resources::plus);
                case NoValidHost none -> left.add(left(instance, none, taken));
                case null -> throw new IllegalStateException("the planner said nothing of instance " + instance.id());
            }
        }
        return left;
    }

    private Details.Left left(ProtectedInstance instance, NoValidHost none, Map<HostId, Resources> taken) {
        Map<HostId, HostSnapshot> known =
                snapshot.hosts().stream().collect(Collectors.toMap(HostSnapshot::host, host -> host));
        return none.refusals().entrySet().stream()
                .min(Comparator.comparingInt((Map.Entry<HostId, List<Refusal>> entry) ->
                                entry.getValue().size())
                        .thenComparingInt(entry -> isFull(entry.getValue()) ? 0 : 1)
                        .thenComparingLong(entry -> missing(instance, known.get(entry.getKey()), taken))
                        .thenComparing(Map.Entry::getKey))
                .map(entry -> new Details.Left(
                        instance.id(),
                        instance.name(),
                        instance.priority(),
                        instance.home(),
                        entry.getKey(),
                        entry.getValue().stream().map(Refusal::reason).collect(Collectors.joining(", "))))
                .orElseGet(() -> new Details.Left(
                        instance.id(),
                        instance.name(),
                        instance.priority(),
                        instance.home(),
                        null,
                        "no host is known"));
    }

    private static boolean isFull(List<Refusal> refusals) {
        return refusals.stream().allMatch(refusal -> refusal.filter().equals(CAPACITY));
    }

    /** Memory that is missing there, as far as capacity says; the host with the least of it is the nearest. */
    private static long missing(
            ProtectedInstance instance,
            @org.jspecify.annotations.Nullable HostSnapshot host,
            Map<HostId, Resources> taken) {
        if (host == null) {
            return Long.MAX_VALUE;
        }
        long used = (long) host.used().memoryMib()
                + taken.getOrDefault(host.host(), Resources.NOTHING).memoryMib();
        return used + instance.wants().memoryMib() - host.capacity().memoryMib();
    }
}
