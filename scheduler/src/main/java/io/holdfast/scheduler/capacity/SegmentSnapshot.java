package io.holdfast.scheduler.capacity;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that the answers depend on, at one moment.
 *
 * @param hosts the segment's hosts, each once, in any order; sorted by name here
 * @param lost those of them that have failed already. They cannot fail again, and their protected instances wait for homes
 * @param domains what hosts share with others; who is not in it shares nothing that anybody knows of
 * @param groups server groups, with the homes of all members
 * @param instances the protected ones. Among equals of priority their order here is the order in which homes are sought
 * @param reaches by home, of those hosts alone whose segment has a reserve
 */
public record SegmentSnapshot(
        SegmentId segment,
        List<HostSnapshot> hosts,
        Set<HostId> lost,
        Map<HostId, FailureDomains> domains,
        List<GroupSnapshot> groups,
        List<ProtectedInstance> instances,
        Map<HostId, Reach> reaches) {

    public SegmentSnapshot {
        hosts = hosts.stream().sorted(Comparator.comparing(HostSnapshot::host)).toList();
        lost = Set.copyOf(lost);
        domains = Map.copyOf(domains);
        groups = List.copyOf(groups);
        instances = instances.stream()
                .sorted(Comparator.comparingInt(ProtectedInstance::priority).reversed())
                .toList();
        reaches = Map.copyOf(reaches);
        Set<HostId> known = new HashSet<>();
        for (HostSnapshot host : hosts) {
            if (!known.add(host.host())) {
                throw new IllegalArgumentException("host " + host.host() + " appears twice in the snapshot");
            }
        }
        for (ProtectedInstance instance : instances) {
            if (!known.contains(instance.home())) {
                throw new IllegalArgumentException(
                        "instance " + instance.id() + " has its home on " + instance.home() + ", which is not there");
            }
        }
    }
}
