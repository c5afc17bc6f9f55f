package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import io.holdfast.scheduler.Placement.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds homes: a snapshot of hosts and a list of instances go in, one placement per instance comes out.
 *
 * <p><b>Intuition.</b> When a host fails, its instances come all at once. Asked one by one against the same snapshot,
 * each would be sent to the same, emptiest host; so the plan is made for all of them together, and each instance that is
 * placed uses up room for those after it. The caller's order is the order of importance.
 *
 * <p><b>Model.</b> For each instance in turn: each {@link Filter} may refuse each host with a reason; each weigher gives
 * those left some points; the most points win. A greedy plan is not always the fullest packing, and that is meant: an
 * operator can follow it by hand, and a less important instance never takes the place of a more important one.
 * Members of a {@link GroupSnapshot server group} are counted where they are and where the plan has put them: a strict
 * rule is one more filter, a soft one is one more weigher that outweighs the others.
 *
 * <p><b>Invariants.</b> What is placed on a host never exceeds what the settings allow there. No placement breaks
 * the strict rule of a group. If any single host passes
 * all filters, the answer is {@link Placed}. The answer depends on the contents of the snapshot, never on its order;
 * equal points go to the host whose name sorts first.
 *
 * <p>Pure and without state of its own: any thread may call it, and a call that is lost on the way costs nothing. It
 * reserves nothing; the claim in the database does (see the package's essay).
 */
public final class Scheduler {

    private static final String FREE_MEMORY = "free-memory";
    private static final String SPREAD = "spread";
    private static final String FREE_CPU = "free-cpu";
    private static final String FREE_DISK = "free-disk";
    private static final String DOMAIN_BALANCE = "domain-balance";
    private static final String GROUP = "group";
    private static final List<Filter> FILTERS = List.of(Filter.values());

    private final SchedulerSettings settings;

    public Scheduler(SchedulerSettings settings) {
        this.settings = settings;
    }

    /** As {@link #place(List, List, List)}, where no instance has a server group. */
    public List<Placement> place(List<HostSnapshot> hosts, List<PlacementRequest> requests) {
        return place(hosts, List.of(), requests);
    }

    /**
     * Plans all requests together, the first being the most important.
     *
     * @param groups the server groups that instances are in; those without members in the plan do no harm
     * @return one placement per request, in the requests' order
     * @throws IllegalArgumentException if a host appears twice in the snapshot, or an instance in two groups
     */
    public List<Placement> place(
            List<HostSnapshot> hosts, List<GroupSnapshot> groups, List<PlacementRequest> requests) {
        List<Room> rooms = rooms(hosts);
        Balance balance = new Balance(rooms);
        Map<InstanceId, Companions> companions = Companions.of(groups, requests);
        Neighbours neighbours = new Neighbours(requests);
        List<Placement> plan = new ArrayList<>(requests.size());
        // A full cluster refuses hundreds of instances alike, for the same reasons, until one of them finds a home.
        Map<Alike, Map<HostId, List<Refusal>>> refused = new HashMap<>();
        for (PlacementRequest request : requests) {
            Companions group = companions.get(request.instance());
            Alike alike = Alike.of(request, group);
            Map<HostId, List<Refusal>> known = refused.get(alike);
            Placement placement = known == null
                    ? placeOne(rooms, balance, new Asking(request, group, neighbours))
                    : new NoValidHost(request.instance(), known);
            switch (placement) {
                case Placed placed -> {
                    refused.clear();
                    neighbours.arrived(request.instance(), placed.host());
                }
                case NoValidHost none -> refused.put(alike, none.refusals());
            }
            if (group != null) {
                group.done(request);
            }
            plan.add(placement);
        }
        return List.copyOf(plan);
    }

    /**
     * Places one instance and says why: of each host what each filter and each weigher says, by the same code that places.
     * Nothing is promised by it.
     *
     * @throws IllegalArgumentException as {@link #place(List, List, List)}
     */
    public Explanation explain(List<HostSnapshot> hosts, List<GroupSnapshot> groups, PlacementRequest request) {
        List<PlacementRequest> alone = List.of(request);
        Asking asking =
                new Asking(request, Companions.of(groups, alone).get(request.instance()), new Neighbours(alone));
        List<Explanation.OfHost> words = new ArrayList<>();
        List<Room> rooms = rooms(hosts);
        Balance balance = new Balance(rooms);
        for (Room room : rooms) {
            List<Explanation.Word> filters = new ArrayList<>();
            for (Filter filter : FILTERS) {
                filters.add(new Explanation.Word(filter.word(), filter.objection(room, asking)));
            }
            words.add(new Explanation.OfHost(room.host(), filters, points(room, balance, asking)));
        }
        return new Explanation(place(hosts, groups, alone).getFirst(), words);
    }

    /**
     * The same plan as {@link #place(List, List, List)} makes, with less work where it is asked again and again for those
     * who found no home: then only hosts that are not what they were are judged anew.
     *
     * @param last what was planned before, or null
     */
    public Plan plan(
            @Nullable Plan last,
            List<HostSnapshot> hosts,
            List<GroupSnapshot> groups,
            List<PlacementRequest> requests) {
        if (last == null || !last.asksTheSame(hosts, groups, requests)) {
            return new Plan(hosts, groups, requests, place(hosts, groups, requests));
        }
        if (last.hosts().equals(hosts)) {
            return last;
        }
        List<Placement> placements = last.foundNoHome() ? stillRefused(last, hosts) : null;
        return new Plan(hosts, groups, requests, placements == null ? place(hosts, groups, requests) : placements);
    }

    /** The refusals as they read now; null when a host that changed would take somebody. */
    private @Nullable List<Placement> stillRefused(Plan last, List<HostSnapshot> hosts) {
        List<Room> changed = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            if (!hosts.get(i).equals(last.hosts().get(i))) {
                changed.add(new Room(hosts.get(i), settings));
            }
        }
        Map<InstanceId, Companions> companions = Companions.of(last.groups(), last.requests());
        Neighbours neighbours = new Neighbours(last.requests());
        List<Placement> plan = new ArrayList<>(last.placements().size());
        // Who was refused alike was given one and the same object, and is again.
        IdentityHashMap<Map<HostId, List<Refusal>>, Map<HostId, List<Refusal>>> known = new IdentityHashMap<>();
        for (int i = 0; i < last.requests().size(); i++) {
            PlacementRequest request = last.requests().get(i);
            Map<HostId, List<Refusal>> before = ((NoValidHost) last.placements().get(i)).refusals();
            Map<HostId, List<Refusal>> now = known.get(before);
            if (now == null) {
                now = new LinkedHashMap<>(before);
                for (Room room : changed) {
                    List<Refusal> objections =
                            objections(room, new Asking(request, companions.get(request.instance()), neighbours));
                    if (objections.isEmpty()) {
                        return null;
                    }
                    now.put(room.host(), objections);
                }
                now = Collections.unmodifiableMap(now);
                known.put(before, now);
            }
            plan.add(new NoValidHost(request.instance(), now));
        }
        return plan;
    }

    /** All that a refusal depends on, as long as nobody is placed. Groups are told apart as objects. */
    private record Alike(
            Resources wants,
            @Nullable String zone,
            @Nullable HostId only,
            Map<HostId, String> excluded,
            PlacementRules rules,
            @Nullable Companions group) {

        static Alike of(PlacementRequest request, @Nullable Companions group) {
            return new Alike(
                    request.wants(), request.zone(), request.only(), request.excluded(), request.rules(), group);
        }
    }

    /** By name. */
    private List<Room> rooms(List<HostSnapshot> hosts) {
        List<Room> rooms = new ArrayList<>(hosts.size());
        for (HostSnapshot host : hosts) {
            rooms.add(new Room(host, settings));
        }
        rooms.sort(Comparator.comparing(Room::host));
        for (int i = 1; i < rooms.size(); i++) {
            HostId host = rooms.get(i).host();
            if (host.equals(rooms.get(i - 1).host())) {
                throw new IllegalArgumentException("host " + host + " appears twice in the snapshot");
            }
        }
        return rooms;
    }

    private Placement placeOne(List<Room> rooms, Balance balance, Asking asking) {
        PlacementRequest request = asking.request();
        // By name, since the rooms come by name; except that a host which nobody knows comes first.
        Map<HostId, List<Refusal>> refusals = new LinkedHashMap<>();
        HostId only = request.only();
        if (only != null && rooms.stream().noneMatch(room -> room.host().equals(only))) {
            refusals.put(only, List.of(new Refusal(Filter.ONLY.word(), "no such host is known")));
        }
        @Nullable Room best = null;
        double mostPoints = 0;
        for (Room room : rooms) {
            List<Refusal> objections = objections(room, asking);
            if (!objections.isEmpty()) {
                refusals.put(room.host(), objections);
                continue;
            }
            double points = freeMemoryPoints(room, request)
                    + spreadPoints(room)
                    + freeCpuPoints(room, request)
                    + freeDiskPoints(room, request)
                    + balancePoints(room, balance, request)
                    + groupPoints(room, asking.group());
            // Strictly more, and rooms come sorted by name: so the first name wins among equals.
            if (best == null || Double.compare(points, mostPoints) > 0) {
                best = room;
                mostPoints = points;
            }
        }
        Map<HostId, List<Refusal>> reasons = Collections.unmodifiableMap(refusals);
        if (best == null) {
            return new NoValidHost(request.instance(), reasons);
        }
        Map<String, Double> points = points(best, balance, asking);
        best.take(request.wants());
        balance.taken(best, request);
        if (asking.group() != null) {
            asking.group().arrived(best.host(), best.snapshot().domains());
        }
        return new Placed(request.instance(), best.host(), points, reasons);
    }

    private static List<Refusal> objections(Room room, Asking asking) {
        List<Refusal> objections = List.of();
        for (Filter filter : FILTERS) {
            String objection = filter.objection(room, asking);
            if (objection != null) {
                // Most hosts of most requests have nothing against them, and cost no list then.
                objections = objections.isEmpty() ? new ArrayList<>() : objections;
                objections.add(new Refusal(filter.word(), objection));
            }
        }
        return Collections.unmodifiableList(objections);
    }

    private Map<String, Double> points(Room room, Balance balance, Asking asking) {
        PlacementRequest request = asking.request();
        Map<String, Double> points = new LinkedHashMap<>();
        points.put(FREE_MEMORY, freeMemoryPoints(room, request));
        points.put(SPREAD, spreadPoints(room));
        if (settings.freeCpuMultiplier() != 0) {
            points.put(FREE_CPU, freeCpuPoints(room, request));
        }
        if (settings.freeDiskMultiplier() != 0) {
            points.put(FREE_DISK, freeDiskPoints(room, request));
        }
        if (settings.domainBalanceMultiplier() != 0) {
            points.put(DOMAIN_BALANCE, balancePoints(room, balance, request));
        }
        if (asking.group() != null) {
            points.put(GROUP, groupPoints(room, asking.group()));
        }
        return Collections.unmodifiableMap(points);
    }

    private double freeMemoryPoints(Room room, PlacementRequest request) {
        return settings.freeMemoryMultiplier() * freeMemoryShare(room, request);
    }

    private double spreadPoints(Room room) {
        return settings.spreadMultiplier() / (1.0 + room.instances());
    }

    private double freeCpuPoints(Room room, PlacementRequest request) {
        return settings.freeCpuMultiplier()
                * share(room.vcpusFree() - request.wants().vcpus(), room.vcpusLimit());
    }

    private double freeDiskPoints(Room room, PlacementRequest request) {
        return settings.freeDiskMultiplier()
                * share(room.diskGibFree() - request.wants().diskGib(), room.diskGibLimit());
    }

    private double balancePoints(Room room, Balance balance, PlacementRequest request) {
        return settings.domainBalanceMultiplier() == 0
                ? 0
                : settings.domainBalanceMultiplier() * balance.share(room, request);
    }

    private double groupPoints(Room room, @Nullable Companions group) {
        return group == null ? 0 : settings.groupMultiplier() * group.preference(room);
    }

    /** The share of memory still free once the instance runs there, 0 to 1. */
    private static double freeMemoryShare(Room room, PlacementRequest request) {
        return share(room.memoryMibFree() - request.wants().memoryMib(), room.memoryMibLimit());
    }

    /** 0 where there is nothing to share out, as of a disk that does not limit. */
    private static double share(long free, long limit) {
        return limit == 0 ? 0 : (double) free / limit;
    }
}
