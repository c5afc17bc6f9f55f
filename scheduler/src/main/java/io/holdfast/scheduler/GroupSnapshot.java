package io.holdfast.scheduler;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ServerGroupId;
import java.util.Map;
import java.util.Set;

/**
 * What the scheduler knows of one server group at one moment.
 *
 * @param name for reasons that people read
 * @param maxPerHost members that one host may have, 1 or more; counts for {@link GroupPolicy#ANTI_AFFINITY} only
 * @param members all instances of the group
 * @param homes where those of them live that have a home which may run them. A home that is proven isolated runs
 *     nothing, so it is left out; otherwise a group that wants to be together could never leave a dead host
 */
public record GroupSnapshot(
        ServerGroupId id,
        String name,
        GroupPolicy policy,
        int maxPerHost,
        Set<InstanceId> members,
        Map<InstanceId, HostId> homes) {

    public GroupSnapshot {
        if (maxPerHost < 1) {
            throw new IllegalArgumentException("maxPerHost must be at least 1, is " + maxPerHost);
        }
        members = Set.copyOf(members);
        homes = Map.copyOf(homes);
    }
}
