package io.holdfast.scheduler;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ServerGroupId;
import java.util.Collection;
import java.util.HashMap;
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
 * @param spread kinds of failure domain that no two members may share, because one of them asked for it
 * @param domains of the hosts in {@code homes}; of one that is not in it nobody knows what it shares
 */
public record GroupSnapshot(
        ServerGroupId id,
        String name,
        GroupPolicy policy,
        int maxPerHost,
        Set<InstanceId> members,
        Map<InstanceId, HostId> homes,
        Set<String> spread,
        Map<HostId, FailureDomains> domains) {

    public GroupSnapshot {
        if (maxPerHost < 1) {
            throw new IllegalArgumentException("maxPerHost must be at least 1, is " + maxPerHost);
        }
        members = Set.copyOf(members);
        homes = Map.copyOf(homes);
        spread = Set.copyOf(spread);
        domains = Map.copyOf(domains);
    }

    /** One whose members may share failure domains. */
    public GroupSnapshot(
            ServerGroupId id,
            String name,
            GroupPolicy policy,
            int maxPerHost,
            Set<InstanceId> members,
            Map<InstanceId, HostId> homes) {
        this(id, name, policy, maxPerHost, members, homes, Set.of(), Map.of());
    }

    /** As it is once these hosts are proven isolated: who lives there keeps nobody there. */
    public GroupSnapshot without(Collection<HostId> isolated) {
        Map<InstanceId, HostId> left = new HashMap<>(homes);
        left.values().removeIf(isolated::contains);
        Map<HostId, FailureDomains> known = new HashMap<>(domains);
        known.keySet().removeAll(isolated);
        return new GroupSnapshot(id, name, policy, maxPerHost, members, left, spread, known);
    }

    /** The same group whose members live elsewhere. */
    public GroupSnapshot withHomes(Map<InstanceId, HostId> now) {
        return new GroupSnapshot(id, name, policy, maxPerHost, members, now, spread, domains);
    }
}
