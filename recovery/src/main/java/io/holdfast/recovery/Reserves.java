package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.recovery.core.PlanQuestion;
import io.holdfast.recovery.core.ReserveRule;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The planner, with the reserved hosts of failover segments and the plans that are kept. Any thread; it reads the store.
 *
 * <p>What if we die between a host's leaving the reserve and the first claim on it: it is in service and empty, and the next
 * plan gives it to the same instances.
 */
final class Reserves {

    private static final Logger log = LoggerFactory.getLogger(Reserves.class);

    private final FailoverSegments segments;
    private final Hosts hosts;
    private final LastPlan plans;
    private final KeptPlans kept;

    Reserves(FailoverSegments segments, Hosts hosts, LastPlan plans, KeptPlans kept) {
        this.segments = segments;
        this.hosts = hosts;
        this.plans = plans;
        this.kept = kept;
    }

    /** By a plan that was kept, if it answers the same; otherwise it is made now. */
    ReserveRule.Outcome place(
            List<HostSnapshot> snapshots, List<GroupSnapshot> groups, List<PlacementRequest> requests) {
        PlanQuestion asked = new PlanQuestion(snapshots, groups, requests, reserves(snapshots, Set.of()));
        ReserveRule.Outcome known = kept.answer(asked);
        return known != null
                ? known
                : asked.planned((offered, limited) ->
                        plans.plan(offered, groups, limited).placements());
    }

    /** @param assumed hosts that are taken for failed although they serve */
    ReserveRule.Outcome place(
            List<HostSnapshot> snapshots,
            List<PlacementRequest> requests,
            Set<HostId> assumed,
            BiFunction<List<HostSnapshot>, List<PlacementRequest>, List<Placement>> planner) {
        return ReserveRule.place(snapshots, requests, reserves(snapshots, assumed), planner);
    }

    /** What a plan gave away of a reserve is in service before anything is claimed there. */
    void take(Map<HostId, Set<HostId>> taken) {
        taken.forEach((reserve, failed) -> {
            List<FailoverHost.Failure> failures = failed.stream()
                    .flatMap(host -> hosts.find(host).stream())
                    .map(host -> new FailoverHost.Failure(host.id(), host.epoch()))
                    .toList();
            // In this order: a host that is in service and still reserved is taken again by the next plan.
            hosts.enable(reserve, Actor.HOLDFAST);
            segments.use(reserve, failures);
            log.info("host {}: taken out of the reserve for {}", reserve, failed);
        });
    }

    private Map<HostId, ReserveRule.Reserve> reserves(List<HostSnapshot> snapshots, Set<HostId> assumed) {
        List<FailoverSegment> known = segments.list();
        return allAreFree(known) ? Map.of() : reserves(known, segments.hosts(), hosts.list(), snapshots, assumed);
    }

    private static boolean allAreFree(List<FailoverSegment> known) {
        return known.stream().allMatch(segment -> segment.method() == RecoveryMethod.AUTO);
    }

    /**
     * By failed host, of those alone whose segment does not let instances go anywhere. Pure.
     *
     * @param known all failover segments, the controllers' own first
     * @param said what is said of hosts
     * @param snapshots who of them is alive
     */
    static Map<HostId, ReserveRule.Reserve> reserves(
            List<FailoverSegment> known,
            List<FailoverHost> said,
            List<ComputeHost> all,
            List<HostSnapshot> snapshots,
            Set<HostId> assumed) {
        if (allAreFree(known)) {
            return Map.of();
        }
        Map<UUID, FailoverSegment> byId =
                known.stream().collect(Collectors.toMap(FailoverSegment::uuid, segment -> segment));
        FailoverSegment own = known.getFirst();
        Map<HostId, FailoverHost> byHost = said.stream().collect(Collectors.toMap(FailoverHost::host, one -> one));
        Set<HostId> alive = snapshots.stream()
                .filter(HostSnapshot::alive)
                .map(HostSnapshot::host)
                .collect(Collectors.toSet());
        Map<HostId, ReserveRule.Reserve> reserves = new HashMap<>();
        for (ComputeHost host : all) {
            boolean failed = host.state() == HostState.CONDEMNED
                    || host.state() == HostState.FENCED
                    || assumed.contains(host.id());
            FailoverHost about = byHost.get(host.id());
            FailoverSegment segment = about == null ? own : byId.getOrDefault(about.segment(), own);
            if (failed && segment.method() != RecoveryMethod.AUTO) {
                FailoverHost.Failure failure = new FailoverHost.Failure(host.id(), host.epoch());
                reserves.put(host.id(), reserve(segment, failure, said, all, alive));
            }
        }
        return reserves;
    }

    private static ReserveRule.Reserve reserve(
            FailoverSegment segment,
            FailoverHost.Failure failure,
            List<FailoverHost> said,
            List<ComputeHost> all,
            Set<HostId> alive) {
        List<HostId> hosts = new ArrayList<>();
        said.stream()
                .filter(one -> one.usedFor().contains(failure))
                .map(FailoverHost::host)
                .sorted()
                .forEach(hosts::add);
        int opened = hosts.size();
        Set<HostId> free = all.stream()
                .filter(host -> host.maintenance() == null && host.quarantine() == null && !host.forcedDown())
                .map(ComputeHost::id)
                .filter(alive::contains)
                .collect(Collectors.toSet());
        said.stream()
                .filter(one -> one.reserved() && one.segment().equals(segment.uuid()))
                .map(FailoverHost::host)
                .filter(host -> free.contains(host) && !hosts.contains(host) && !host.equals(failure.host()))
                .sorted()
                .forEach(hosts::add);
        return new ReserveRule.Reserve(segment.method(), segment.name(), hosts, opened);
    }
}
