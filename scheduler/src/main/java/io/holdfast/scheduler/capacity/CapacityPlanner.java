package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import java.util.List;
import java.util.Set;

/** The plan that recovery would make, with what it does beyond the scheduler: the reserved hosts. Pure. */
@FunctionalInterface
public interface CapacityPlanner {

    /**
     * @param hosts in which the failed ones are not alive
     * @param requests the most important first; each excludes the home that failed
     * @param failed all that have failed, also before
     * @return one for each request, in any order
     */
    List<Placement> place(
            List<HostSnapshot> hosts, List<GroupSnapshot> groups, List<PlacementRequest> requests, Set<HostId> failed);
}
