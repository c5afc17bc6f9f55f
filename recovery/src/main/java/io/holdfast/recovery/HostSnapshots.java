package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What the scheduler is told of the hosts: the store's word, and membership's. */
final class HostSnapshots {

    /** A thousand instances that each tell the reason of a hundred hosts would fill the journal with nothing new. */
    private static final int HOSTS_TOLD = 16;

    private HostSnapshots() {}

    /** @param avoided where nothing new is to be placed now ({@link EarlyNotices#avoids}): not alive for the scheduler */
    static List<HostSnapshot> of(Hosts hosts, Predicate<HostId> avoided) {
        return hosts.list().stream().map(host -> of(host, avoided)).toList();
    }

    /** The same of one host. */
    static HostSnapshot of(ComputeHost host, Predicate<HostId> avoided) {
        return new HostSnapshot(
                host.id(),
                host.segment(),
                host.zone(),
                host.state() == HostState.SERVING && !avoided.test(host.id()),
                host.welcomes(),
                host.capacity(),
                host.used(),
                host.instances());
    }

    /** What it is told of those server groups that somebody who is to be placed belongs to; the others do not matter. */
    static List<GroupSnapshot> of(List<ServerGroup> groups, List<PlacementRequest> requests) {
        return ofMembers(
                groups, requests.stream().map(PlacementRequest::instance).collect(Collectors.toSet()));
    }

    /** The same of those that one of these belongs to. */
    static List<GroupSnapshot> ofMembers(List<ServerGroup> groups, Set<InstanceId> wanted) {
        return groups.stream()
                .filter(group -> group.members().stream().anyMatch(wanted::contains))
                .map(group -> new GroupSnapshot(
                        group.id(),
                        group.name(),
                        group.policy(),
                        group.maxPerHost(),
                        Set.copyOf(group.members()),
                        group.homes()))
                .toList();
    }

    /** As they are once these hosts are proven isolated: who lives there keeps nobody there. */
    static List<GroupSnapshot> without(List<GroupSnapshot> groups, Set<HostId> failed) {
        return groups.stream()
                .map(group -> new GroupSnapshot(
                        group.id(),
                        group.name(),
                        group.policy(),
                        group.maxPerHost(),
                        group.members(),
                        group.homes().entrySet().stream()
                                .filter(home -> !failed.contains(home.getValue()))
                                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))))
                .toList();
    }

    /** For people: {@code h2: needs 2048 MiB, 512 MiB free; h3: is disabled or forced down}. */
    static String text(Map<HostId, List<Placement.Refusal>> refusals) {
        if (refusals.isEmpty()) {
            return "no host is known";
        }
        StringBuilder text = new StringBuilder();
        int told = 0;
        for (Map.Entry<HostId, List<Placement.Refusal>> entry : refusals.entrySet()) {
            if (told == HOSTS_TOLD) {
                return text + "; and " + (refusals.size() - HOSTS_TOLD) + " more hosts";
            }
            text.append(told++ == 0 ? "" : "; ").append(entry.getKey()).append(": ");
            List<Placement.Refusal> reasons = entry.getValue();
            for (int i = 0; i < reasons.size(); i++) {
                text.append(i == 0 ? "" : ", ").append(reasons.get(i).reason());
            }
        }
        return text.toString();
    }
}
