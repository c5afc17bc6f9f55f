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
 * <p>Who has room elsewhere keeps out of a reserve that was opened for others of the same failed host ({@link
 * RecoveryMethod#AUTO_PRIORITY}); an empty host would draw them all.
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
        return reserves.isEmpty()
                ? new Outcome(planner.apply(hosts, requests), Map.of())
                : new Rounds(hosts, requests, reserves).play(planner);
    }

    /** What is open so far, and to whom. */
    private static final class Rounds {

        private final List<HostSnapshot> hosts;
        private final List<PlacementRequest> requests;
        private final Map<HostId, Reserve> reserves;
        private final Map<InstanceId, HostId> failedHomes = new HashMap<>();
        private final Map<HostId, Integer> open = new HashMap<>();

        /** Who found no home where its method looks first, and may go to the rest as well. */
        private final Set<InstanceId> needy = new HashSet<>();

        Rounds(List<HostSnapshot> hosts, List<PlacementRequest> requests, Map<HostId, Reserve> reserves) {
            this.hosts = hosts;
            this.requests = requests;
            this.reserves = reserves;
            reserves.forEach((failed, reserve) -> open.put(
                    failed,
                    Math.min(
                            reserve.hosts().size(),
                            Math.max(reserve.opened(), reserve.method().beginsReserved() ? 1 : 0))));
            for (PlacementRequest request : requests) {
                new TreeSet<>(request.excludedHosts())
                        .stream()
                                .filter(reserves::containsKey)
                                .findFirst()
                                .ifPresent(failed -> failedHomes.put(request.instance(), failed));
            }
        }

        Outcome play(BiFunction<List<HostSnapshot>, List<PlacementRequest>, List<Placement>> planner) {
            while (true) {
                Set<HostId> all = opened();
                List<Placement> placements = planner.apply(
                        hosts.stream().map(host -> offered(host, all)).toList(),
                        requests.stream().map(request -> limited(request, all)).toList());
                if (!widen(placements)) {
                    return new Outcome(placements, taken(placements));
                }
            }
        }

        private Set<HostId> opened() {
            Set<HostId> all = new LinkedHashSet<>();
            reserves.forEach((failed, reserve) -> all.addAll(reserve.hosts().subList(0, openOf(failed))));
            return all;
        }

        private int openOf(HostId failed) {
            return open.getOrDefault(failed, 0);
        }

        /** It is out of service so that nobody else comes; for whom it is kept it is in service. */
        private static HostSnapshot offered(HostSnapshot host, Set<HostId> opened) {
            return !opened.contains(host.host()) || host.enabled() ? host : host.withEnabled(true);
        }

        private PlacementRequest limited(PlacementRequest request, Set<HostId> opened) {
            HostId failed = failedHomes.get(request.instance());
            Reserve reserve = failed == null ? null : reserves.get(failed);
            boolean waits = reserve != null && !needy.contains(request.instance());
            Set<HostId> own = failed == null || reserve == null ? Set.of() : own(failed, reserve, waits);
            Map<HostId, String> excluded = new LinkedHashMap<>(request.excluded());
            for (HostSnapshot host : hosts) {
                HostId id = host.host();
                if (own.contains(id)) {
                    continue;
                }
                if (reserve != null && waits && reserve.method().beginsReserved()) {
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

        /** A host that is opened for whoever has no room elsewhere is no room for those who have. */
        private Set<HostId> own(HostId failed, Reserve reserve, boolean waits) {
            boolean first = reserve.method().beginsReserved();
            return Set.copyOf(reserve.hosts().subList(0, waits && !first ? reserve.opened() : openOf(failed)));
        }

        /** Whether somebody may now go where they could not. */
        private boolean widen(List<Placement> placements) {
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
                if (reserve != null) {
                    widened |= widen(entry.getKey(), reserve, entry.getValue());
                }
            }
            return widened;
        }

        /** @param without those of the failed host that found no home */
        private boolean widen(HostId failed, Reserve reserve, List<InstanceId> without) {
            int now = openOf(failed);
            boolean more = now < reserve.hosts().size();
            return switch (reserve.method()) {
                case AUTO -> false;
                case RESERVED_HOST -> more && open(failed, now + 1);
                case RH_PRIORITY -> more ? open(failed, now + 1) : needy.addAll(without);
                case AUTO_PRIORITY -> {
                    boolean someAreNew = needy.addAll(without);
                    // They look among what is open already before another one is opened for them.
                    yield (someAreNew && now > reserve.opened()) || (more && open(failed, now + 1));
                }
            };
        }

        private boolean open(HostId failed, int count) {
            open.put(failed, count);
            return true;
        }

        private Map<HostId, Set<HostId>> taken(List<Placement> placements) {
            Map<HostId, Set<HostId>> taken = new LinkedHashMap<>();
            for (Placement placement : placements) {
                HostId failed = failedHomes.get(placement.instance());
                Reserve reserve = failed == null ? null : reserves.get(failed);
                if (failed != null
                        && reserve != null
                        && placement instanceof Placement.Placed placed
                        && reserve.hosts()
                                .subList(reserve.opened(), openOf(failed))
                                .contains(placed.host())) {
                    taken.computeIfAbsent(placed.host(), host -> new TreeSet<>())
                            .add(failed);
                }
            }
            return taken;
        }
    }
}
