package io.holdfast.recovery;

import io.holdfast.model.CaseId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Plan;
import io.holdfast.scheduler.Scheduler;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What each case was answered when it planned last. In a full cluster every case that waits for room asks again every few
 * seconds, and hardly anything is new: then only the hosts that changed are judged anew. Any thread may call it.
 */
final class LastPlans {

    private final Scheduler scheduler;
    private final Map<CaseId, Plan> last = new ConcurrentHashMap<>();

    LastPlans(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    List<Placement> plan(
            CaseId id, List<HostSnapshot> hosts, List<GroupSnapshot> groups, List<PlacementRequest> requests) {
        Plan plan = scheduler.plan(last.get(id), hosts, groups, requests);
        last.put(id, plan);
        return plan.placements();
    }

    void forget(CaseId id) {
        last.remove(id);
    }
}
