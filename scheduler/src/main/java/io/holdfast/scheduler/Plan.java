package io.holdfast.scheduler;

import java.util.List;

/** A plan, and all that it followed from: of the same three lists comes the same plan. */
public record Plan(
        List<HostSnapshot> hosts,
        List<GroupSnapshot> groups,
        List<PlacementRequest> requests,
        List<Placement> placements) {

    public Plan {
        hosts = List.copyOf(hosts);
        groups = List.copyOf(groups);
        requests = List.copyOf(requests);
        placements = List.copyOf(placements);
    }

    /** Whether nobody found a home, so that each host was judged by itself, and none took room from another request. */
    boolean foundNoHome() {
        return placements.stream().allMatch(placement -> placement instanceof Placement.NoValidHost);
    }

    /** Whether it was asked the same, of the same hosts in the same order, whatever those are like now. */
    boolean asksTheSame(List<HostSnapshot> now, List<GroupSnapshot> nowGroups, List<PlacementRequest> nowRequests) {
        if (now.size() != hosts.size() || !requests.equals(nowRequests) || !groups.equals(nowGroups)) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            if (!now.get(i).host().equals(hosts.get(i).host())) {
                return false;
            }
        }
        return true;
    }
}
