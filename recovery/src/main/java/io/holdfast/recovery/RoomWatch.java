package io.holdfast.recovery;

import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds out who of those that wait for room would be given it now.
 *
 * <p><b>Intuition.</b> Room comes in many ways: an instance is deleted or moved, a host joins, is enabled, is no longer suspected,
 * its agent is back, a group's other members lost or gave back their homes, somebody more important gave up. A list of
 * these would have a gap one day. So nobody asks what changed; the scheduler is asked for a plan, as it will be when it matters,
 * of everything that a plan depends on. Whoever finds a home in it has room.
 *
 * <p><b>What it costs.</b> One plan for each look over all cases, not one for each case; and where nobody found a home last
 * time, only the hosts that are not what they were are judged again ({@link LastPlan}).
 */
final class RoomWatch {

    private final Reserves plans;

    RoomWatch(Reserves plans) {
        this.plans = plans;
    }

    /** Those of {@code wanting} that would be given a home. Any thread. */
    Set<InstanceId> found(Set<InstanceId> wanting, List<HostSnapshot> hosts, HostSnapshots.Asked asked) {
        return plans.place(hosts, asked.groups(), asked.requests()).placements().stream()
                .filter(placement -> placement instanceof Placement.Placed)
                .map(Placement::instance)
                .filter(wanting::contains)
                .collect(Collectors.toSet());
    }
}
