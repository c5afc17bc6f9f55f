package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;

/**
 * Who may go to a reserved host.
 *
 * <p><b>Intuition.</b> A reserve is opened host by host, and only as far as it is needed: the planner is asked with what is open
 * now; while somebody whose segment has a reserve found no home, one more host of it is opened, and the planner is asked
 * again for all. With {@link RecoveryMethod#RH_PRIORITY} whoever found none in the whole reserve may go anywhere at the end.
 *
 * <p>Pure, and it ends: each round opens a host or frees an instance, and there are only so many of both.
 *
 * <p><b>Rejected.</b> Weights that prefer reserved hosts: "only" and "first" are promises, and a weight is none.
 */
public final class ReserveRule {

    private ReserveRule() {}

    /**
     * The reserve of one failed host.
     *
     * @param hosts what may be opened, in this order; those that were opened for this failure already come first
     * @param opened how many of them were
     */
    public record Reserve(RecoveryMethod method, String segment, List<HostId> hosts, int opened) {
        public Reserve {
            hosts = List.copyOf(hosts);
        }
    }

    /** @param taken reserved hosts that somebody was given, each with the failed hosts for which */
    public record Outcome(List<Placement> placements, Map<HostId, Set<HostId>> taken) {}

    /**
     * @param reserves by failed host, of those alone whose method is not {@code AUTO}
     * @param planner gives each request an answer, in any order
     */
    public static Outcome place(
            List<HostSnapshot> hosts,
            List<PlacementRequest> requests,
            Map<HostId, Reserve> reserves,
            BiFunction<List<HostSnapshot>, List<PlacementRequest>, List<Placement>> planner) {
        Map<HostId, Integer> open = new HashMap<>();
        reserves.forEach((failed, reserve) -> open.put(
                failed,
                Math.min(
                        reserve.hosts().size(),
                        Math.max(reserve.opened(), reserve.method().beginsReserved() ? 1 : 0))));
        Map<InstanceId, HostId> failedHomes = new HashMap<>();
        for (PlacementRequest request : requests) {
            new TreeSet<>(request.excludedHosts())
                    .stream()
                            .filter(reserves::containsKey)
                            .findFirst()
                            .ifPresent(failed -> failedHomes.put(request.instance(), failed));
        }
        Set<InstanceId> free = new HashSet<>();
        while (true) {
            Set<HostId> all = opened(reserves, open);
            List<Placement> placements = planner.apply(
                    hosts.stream().map(host -> offered(host, all)).toList(),
                    requests.stream()
                            .map(request -> limited(request, failedHomes, reserves, open, free, all, hosts))
                            .toList());
            if (!widen(placements, failedHomes, reserves, open, free)) {
                return new Outcome(placements, taken(placements, failedHomes, reserves, open));
            }
        }
    }

    private static Set<HostId> opened(Map<HostId, Reserve> reserves, Map<HostId, Integer> open) {
        Set<HostId> all = new LinkedHashSet<>();
        reserves.forEach((failed, reserve) -> all.addAll(reserve.hosts().subList(0, open.getOrDefault(failed, 0))));
        return all;
    }

    /** It is out of service so that nobody else comes; for whom it is kept it is in service. */
    private static HostSnapshot offered(HostSnapshot host, Set<HostId> opened) {
        return !opened.contains(host.host()) || host.enabled() ? host : host.withEnabled(true);
    }

    private static PlacementRequest limited(
            PlacementRequest request,
            Map<InstanceId, HostId> failedHomes,
            Map<HostId, Reserve> reserves,
            Map<HostId, Integer> open,
            Set<InstanceId> free,
            Set<HostId> opened,
            List<HostSnapshot> hosts) {
        HostId failed = failedHomes.get(request.instance());
        Reserve reserve = failed == null ? null : reserves.get(failed);
        Set<HostId> own =
                reserve == null ? Set.of() : Set.copyOf(reserve.hosts().subList(0, open.getOrDefault(failed, 0)));
        boolean onlyOwn = reserve != null && reserve.method().beginsReserved() && !free.contains(request.instance());
        Map<HostId, String> excluded = new LinkedHashMap<>(request.excluded());
        for (HostSnapshot host : hosts) {
            HostId id = host.host();
            if (own.contains(id)) {
                continue;
            }
            if (reserve != null && onlyOwn) {
                excluded.putIfAbsent(
                        id,
                        "is not reserved in segment " + reserve.segment() + ", whose recovery method is "
                                + reserve.method().word());
            } else if (opened.contains(id) && !host.enabled()) {
                excluded.putIfAbsent(id, "is reserved for others");
            }
        }
        return request.excluding(excluded);
    }

    /** Whether somebody may now go where they could not. */
    private static boolean widen(
            List<Placement> placements,
            Map<InstanceId, HostId> failedHomes,
            Map<HostId, Reserve> reserves,
            Map<HostId, Integer> open,
            Set<InstanceId> free) {
        Map<HostId, List<InstanceId>> without = new LinkedHashMap<>();
        for (Placement placement : placements) {
            HostId failed = failedHomes.get(placement.instance());
            if (failed != null && placement instanceof Placement.NoValidHost) {
                without.computeIfAbsent(failed, host -> new ArrayList<>()).add(placement.instance());
            }
        }
        boolean widened = false;
        for (Map.Entry<HostId, List<InstanceId>> entry : without.entrySet()) {
            Reserve reserve = reserves.get(entry.getKey());
            if (reserve == null) {
                continue;
            }
            int now = open.getOrDefault(entry.getKey(), 0);
            if (now < reserve.hosts().size()) {
                open.put(entry.getKey(), now + 1);
                widened = true;
            } else if (reserve.method() == RecoveryMethod.RH_PRIORITY) {
                widened |= free.addAll(entry.getValue());
            }
        }
        return widened;
    }

    private static Map<HostId, Set<HostId>> taken(
            List<Placement> placements,
            Map<InstanceId, HostId> failedHomes,
            Map<HostId, Reserve> reserves,
            Map<HostId, Integer> open) {
        Map<HostId, Set<HostId>> taken = new LinkedHashMap<>();
        for (Placement placement : placements) {
            HostId failed = failedHomes.get(placement.instance());
            Reserve reserve = failed == null ? null : reserves.get(failed);
            if (failed != null
                    && reserve != null
                    && placement instanceof Placement.Placed placed
                    && reserve.hosts()
                            .subList(reserve.opened(), open.getOrDefault(failed, 0))
                            .contains(placed.host())) {
                taken.computeIfAbsent(placed.host(), host -> new TreeSet<>()).add(failed);
            }
        }
        return taken;
    }
}
