package io.holdfast.recovery;

import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Plan;
import io.holdfast.scheduler.Scheduler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler, with the plan that it made last. In a full cluster all who ask, the look for room and each case that waits, ask the
 * same again and again, and hardly anything is new: then only the hosts that changed are judged anew.
 *
 * <p>Any thread may call it. Whose plan is remembered changes nothing about the answer, so nobody waits for anybody.
 */
final class LastPlan {

    private final Scheduler scheduler;
    private volatile @Nullable Plan last;

    LastPlan(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** As {@link Scheduler#place(List, List, List)}. */
    Plan plan(List<HostSnapshot> hosts, List<GroupSnapshot> groups, List<PlacementRequest> requests) {
        Plan plan = scheduler.plan(last, hosts, groups, requests);
        last = plan;
        return plan;
    }

    /** Nobody waits: what was planned is not held in memory. */
    void forget() {
        last = null;
    }
}
