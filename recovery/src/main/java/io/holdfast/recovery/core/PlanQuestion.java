package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * All that a plan of recovery follows from: of equal questions comes the same plan.
 *
 * @param groups that somebody who is to be placed belongs to
 * @param requests the most important first
 * @param reserves by failed host, of those alone whose instances may not go anywhere
 */
public record PlanQuestion(
        List<HostSnapshot> hosts,
        List<GroupSnapshot> groups,
        List<PlacementRequest> requests,
        Map<HostId, ReserveRule.Reserve> reserves) {

    public PlanQuestion {
        hosts = List.copyOf(hosts);
        groups = List.copyOf(groups);
        requests = List.copyOf(requests);
        reserves = Map.copyOf(reserves);
    }

    /** @param planner gives each request an answer, with this question's groups */
    public ReserveRule.Outcome planned(
            BiFunction<List<HostSnapshot>, List<PlacementRequest>, List<Placement>> planner) {
        return ReserveRule.place(hosts, requests, reserves, planner);
    }
}
