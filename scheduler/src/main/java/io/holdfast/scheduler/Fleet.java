package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import io.holdfast.scheduler.Placement.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * All hosts that homes are sought on, in the form that is looked through for them: a column of numbers for each thing that decides.
 *
 * <p><b>Intuition.</b> Nearly every host is out, or in, by a handful of numbers: whether it serves, what is free, its zone. Ten thousand
 * hosts are read through in the time in which a hundred could be asked one by one. Only hosts that the numbers leave are asked for more, and only
 * by filters that this request concerns. Words are made when nobody is left, since then somebody reads them.
 *
 * <p><b>Model.</b> A host has a place, by name; each column has its number there, and {@link Room} is the same host for filters and weighers.
 * {@link #put} says what a host is now. A plan counts what it promises and forgets it at its end: it reserves nothing.
 *
 * <p><b>Invariants.</b> Between two calls the columns say what was put, and nothing else. What the columns let through and refuse is what the
 * filters say: a property test asks both.
 *
 * <p>One thread at a time. What is lost with it is read again.
 */
public final class Fleet {

    /** More failures than this are as bad as this many. */
    private static final int BUILD_FAILURES_MAX = 10;

    private static final int ANY = -1;
    private static final int NOWHERE = -2;

    /** So many requests of a plan that are alike are worth a ranking of all hosts. */
    private static final int ALIKE_MIN = 16;

    /** So many natures are worth no clearing up. */
    private static final int NATURES_MIN = 64;

    private static final List<Filter> FILTERS = List.of(Filter.values());

    private final SchedulerSettings settings;
    private final Multipliers general;
    private final boolean limitsDisk;
    private final long instancesLimit;
    private final Map<HostId, Integer> places = new HashMap<>();
    private final Map<String, Integer> zones = new HashMap<>();

    private int count;
    private HostSnapshot[] snapshots = {};
    private Room[] rooms = {};

    /** Alive and enabled. */
    private boolean[] isOpen = {};

    /** What each is in aggregates, traits and classes of stocks, by number. */
    private int[] nature = {};

    private final Natures natures = new Natures();

    /** Closed by an advisory to all but those whose own host has failed. */
    private boolean[] isAdvisedAgainst = {};

    /** Its instances should leave, an advisory says. */
    private boolean[] isDrained = {};

    private int drained;

    private double[] advisoryPoints = {};
    private double[] weight = {};
    private int[] buildFailures = {};

    /** What each host is weighed with, where the request's flavor names no policy. */
    private Multipliers[] multipliers = {};

    /** The same for requests of a flavor with a policy, made when one is asked for. */
    private final Map<String, Scale> scales = new HashMap<>();

    /** How many hosts are weighed with more than the columns have, and how many by what is promised on others. */
    private int particular;

    private int balancing;
    private int[] zone = {};
    private long[] vcpusFree = {};
    private long[] memoryMibFree = {};
    private long[] memoryMibLimit = {};
    private long[] diskGibFree = {};
    private long[] instances = {};

    /** By place, what the plan under way has promised of stocks there; few plans promise any. */
    private final Map<Integer, Map<String, Long>> stockPromised = new HashMap<>();

    private final PromisedCells promisedCells = new PromisedCells();

    /** How often something was promised there. */
    private int[] changes = {};

    /** Where the plan under way has promised something. */
    private int[] touched = {};

    private int touchedCount;

    /** @throws IllegalArgumentException if a host appears twice */
    public Fleet(Collection<HostSnapshot> hosts, SchedulerSettings settings) {
        this.settings = settings;
        this.general = settings.multipliers(null, "", Map.of());
        this.limitsDisk = settings.diskOvercommit() > 0;
        this.instancesLimit = settings.maxInstancesPerHost() == 0 ? Long.MAX_VALUE : settings.maxInstancesPerHost();
        build(hosts);
    }

    /** The host is so now, whatever it was; one that was not known is from now on. Takes longer for one that was not. */
    public void put(HostSnapshot host) {
        Integer place = places.get(host.host());
        if (place == null) {
            List<HostSnapshot> all = new ArrayList<>(Arrays.asList(snapshots).subList(0, count));
            all.add(host);
            build(all);
        } else {
            load(place, host);
            forgetNatures();
        }
    }

    /** A nature that no host has any more is forgotten with all others, once there are many such. */
    private void forgetNatures() {
        if (natures.size() > NATURES_MIN + 2 * count) {
            natures.clear();
            for (int place = 0; place < count; place++) {
                nature[place] = natures.number(snapshots[place]);
            }
        }
    }

    /** The host is not there any more; nothing happens when it was not. */
    public void remove(HostId host) {
        if (places.containsKey(host)) {
            List<HostSnapshot> all = new ArrayList<>(Arrays.asList(snapshots).subList(0, count));
            all.removeIf(each -> each.host().equals(host));
            build(all);
        }
    }

    /** As {@link Scheduler#place(List, List, List)}, on the hosts as they are here. */
    public List<Placement> place(List<GroupSnapshot> groups, List<PlacementRequest> requests) {
        Map<InstanceId, Companions> companions = Companions.of(groups, requests);
        Neighbours neighbours = new Neighbours(requests);
        Balance balance = balance(requests);
        Exclusions exclusions = new Exclusions();
        Rankings rankings = new Rankings(requests, balance, exclusions);
        // A full cluster refuses hundreds of instances alike, for the same reasons.
        Map<Alike, Refused> refused = new HashMap<>();
        Placement[] plan = new Placement[requests.size()];
        try {
            for (int at : order(requests)) {
                PlacementRequest request = requests.get(at);
                Companions group = companions.get(request.instance());
                Asking asking = new Asking(request, group, neighbours);
                Alike alike = Alike.of(request, group);
                Refused known = refused.isEmpty() ? null : refused.get(alike);
                Placement placement = known == null
                        ? placeOne(new Wish(asking, balance, exclusions), rankings)
                        : new NoValidHost(request.instance(), asItReadsNow(known, asking));
                switch (placement) {
                    case Placed placed -> {
                        // Room only shrinks while a plan is made. But who lives somewhere now may be whom a group, or
                        // somebody who named it, has waited for.
                        refused.keySet().removeIf(Alike::hangsOnOthers);
                        neighbours.arrived(request.instance(), placed.host());
                    }
                    case NoValidHost none -> refused.put(alike, new Refused(none.refusals(), touchedCount));
                }
                if (group != null) {
                    group.done(request);
                }
                plan[at] = placement;
            }
        } finally {
            forgetPromises();
        }
        return List.of(plan);
    }

    /**
     * The requests' order, in which those whose lost home was a host to be drained come before others of the same priority: somebody has said
     * beforehand that it would fail, and wanted them away from it.
     */
    private int[] order(List<PlacementRequest> requests) {
        int[] order = IntStream.range(0, requests.size()).toArray();
        if (drained == 0) {
            return order;
        }
        int from = 0;
        while (from < order.length) {
            PlacementRequest.Loss first = requests.get(from).lost();
            int to = from + 1;
            while (to < order.length && first != null && isAsUrgent(first, requests.get(to))) {
                to++;
            }
            int next = from;
            for (boolean isDrained : new boolean[] {true, false}) {
                for (int at = from; at < to; at++) {
                    if (leavesADrain(requests.get(at)) == isDrained) {
                        order[next++] = at;
                    }
                }
            }
            from = to;
        }
        return order;
    }

    private static boolean isAsUrgent(PlacementRequest.Loss one, PlacementRequest other) {
        return other.lost() != null && other.lost().priority() == one.priority();
    }

    private boolean leavesADrain(PlacementRequest request) {
        HostId from = request.lost() == null ? null : request.lost().from();
        Integer place = from == null ? null : places.get(from);
        return place != null && isDrained[place];
    }

    /** All that a refusal depends on, as long as nobody is placed who matters to it. Groups are told apart as objects. */
    private record Alike(
            Resources wants,
            @Nullable String zone,
            @Nullable HostId only,
            Map<HostId, String> excluded,
            PlacementRules rules,
            boolean recovers,
            @Nullable Companions group) {

        static Alike of(PlacementRequest request, @Nullable Companions group) {
            return new Alike(
                    request.wants(),
                    request.zone(),
                    request.only(),
                    request.excluded(),
                    request.rules(),
                    request.recovers(),
                    group);
        }

        boolean hangsOnOthers() {
            return group != null || rules.namesOthers();
        }
    }

    /** @param promises how many had been made by then */
    private record Refused(Map<HostId, List<Refusal>> refusals, int promises) {}

    /** Only where something was promised since may there be more against a host. */
    private Map<HostId, List<Refusal>> asItReadsNow(Refused before, Asking asking) {
        if (before.promises() == touchedCount) {
            return before.refusals();
        }
        Map<HostId, List<Refusal>> changed = new HashMap<>();
        for (int i = before.promises(); i < touchedCount; i++) {
            Room room = rooms[touched[i]];
            changed.put(room.host(), objections(room, asking));
        }
        return Overlaid.of(before.refusals(), changed);
    }

    /** Of each host, by name, what each filter and weigher says of the request. */
    List<Explanation.OfHost> explain(Asking asking) {
        Balance balance = balance(List.of(asking.request()));
        Multipliers[] by = scale(asking.request()).by;
        List<Explanation.OfHost> words = new ArrayList<>();
        for (int place = 0; place < count; place++) {
            Room room = rooms[place];
            List<Explanation.Word> filters = new ArrayList<>();
            for (Filter filter : FILTERS) {
                filters.add(new Explanation.Word(filter.word(), filter.objection(room, asking)));
            }
            words.add(new Explanation.OfHost(room.host(), filters, Weigher.points(by[place], room, balance, asking)));
        }
        return words;
    }

    /** By host, what there is against each; a host without an objection is not in it. */
    Map<HostId, List<Refusal>> refusals(Asking asking) {
        // By name, since places are; except that a host which nobody knows comes first.
        Map<HostId, List<Refusal>> refusals = new LinkedHashMap<>();
        HostId only = asking.request().only();
        if (only != null && !places.containsKey(only)) {
            refusals.put(only, List.of(new Refusal(Filter.ONLY.word(), "no such host is known")));
        }
        for (int place = 0; place < count; place++) {
            List<Refusal> objections = objections(rooms[place], asking);
            if (!objections.isEmpty()) {
                refusals.put(rooms[place].host(), objections);
            }
        }
        return Collections.unmodifiableMap(refusals);
    }

    private static List<Refusal> objections(Room room, Asking asking) {
        List<Refusal> objections = new ArrayList<>();
        for (Filter filter : FILTERS) {
            String objection = filter.objection(room, asking);
            if (objection != null) {
                objections.add(new Refusal(filter.word(), objection));
            }
        }
        return Collections.unmodifiableList(objections);
    }

    private Placement placeOne(Wish wish, Rankings rankings) {
        Asking asking = wish.asking;
        PlacementRequest request = asking.request();
        Ranking ranking = rankings.of(asking);
        int best = ranking == null ? scanned(wish) : ranking.best(wish);
        if (best == NOWHERE) {
            return new NoValidHost(request.instance(), refusals(asking));
        }
        Room room = rooms[best];
        Map<String, Double> points = Weigher.points(wish.by[best], room, wish.balance, asking);
        promise(best, request);
        rankings.changed(best);
        wish.balance.taken(room, request);
        if (asking.group() != null) {
            asking.group().arrived(room.host(), room.snapshot().domains());
        }
        return new Placed(request.instance(), room.host(), points);
    }

    /** Every host is looked at. */
    private int scanned(Wish wish) {
        int from = 0;
        int to = count;
        HostId only = wish.asking.request().only();
        if (only != null) {
            from = places.getOrDefault(only, count);
            to = Math.min(count, from + 1);
        }
        int best = NOWHERE;
        double most = 0;
        for (int place = from; place < to; place++) {
            if (!wish.fits(place) || !wish.suitsItsGroup(place)) {
                continue;
            }
            double points = wish.points(place);
            // Strictly more, and places are by name: so the first name wins among equals.
            if (best == NOWHERE || Double.compare(points, most) > 0) {
                best = place;
                most = points;
            }
        }
        return best;
    }

    /** A request, ready to be held against one place after the other. */
    private final class Wish {
        private final Asking asking;
        private final Balance balance;
        private final long vcpus;
        private final long memoryMib;
        private final long diskGib;
        private final int wantedZone;
        private final boolean @Nullable [] isExcluded;
        private final Natures.@Nullable Verdict verdict;
        private final Filter[] filters;
        private final Filter[] groupFilters;
        private final boolean @Nullable [] isClosed;
        private final boolean isWeighedByMore;
        private final Multipliers[] by;
        private final boolean recovers;

        Wish(Asking asking, Balance balance, Exclusions exclusions) {
            PlacementRequest request = asking.request();
            this.asking = asking;
            this.balance = balance;
            this.vcpus = request.wants().vcpus();
            this.memoryMib = request.wants().memoryMib();
            this.diskGib = limitsDisk ? request.wants().diskGib() : Long.MIN_VALUE;
            this.wantedZone = request.zone() == null ? ANY : zones.getOrDefault(request.zone(), NOWHERE);
            this.isExcluded = exclusions.mask(exclusions.number(request.excluded()));
            this.verdict = natures.verdict(request.rules());
            this.filters = Filter.ofRequest(asking);
            this.groupFilters = Filter.ofGroup(asking);
            this.isClosed =
                    marked(asking.group() == null ? List.of() : asking.group().closed());
            this.recovers = request.recovers();
            Scale scale = scale(request);
            this.by = scale.by;
            this.isWeighedByMore =
                    !scale.isPlain || (asking.group() != null && asking.group().prefers());
        }

        /** Whether nothing is against the place, its group aside. */
        boolean fits(int place) {
            return isOpen[place]
                    && (recovers || !isAdvisedAgainst[place])
                    && memoryMib <= memoryMibFree[place]
                    && vcpus <= vcpusFree[place]
                    && diskGib <= diskGibFree[place]
                    && instances[place] < instancesLimit
                    && (wantedZone == ANY || wantedZone == zone[place])
                    && (isExcluded == null || !isExcluded[place])
                    && (verdict == null || verdict.suits(nature[place]))
                    && allow(filters, place);
        }

        boolean suitsItsGroup(int place) {
            return (isClosed == null || !isClosed[place]) && allow(groupFilters, place);
        }

        private boolean allow(Filter[] these, int place) {
            for (Filter filter : these) {
                if (!filter.allows(rooms[place], asking)) {
                    return false;
                }
            }
            return true;
        }

        double points(int place) {
            return isWeighedByMore
                    ? Weigher.sum(by[place], rooms[place], balance, asking)
                    : Weigher.sum(
                            by[place],
                            memoryMibFree[place] - memoryMib,
                            memoryMibLimit[place],
                            instances[place],
                            advisoryPoints[place],
                            weight[place],
                            buildFailures[place],
                            recovers ? rooms[place].promised() : 0);
        }
    }

    /**
     * All hosts that fit requests of one kind, the most welcome first, kept while a plan is made: of thousands that are alike each finds its
     * host at the top. A promise changes one host, so it costs one new entry; the old one is known by its number.
     */
    private final class Ranking {
        private final Wish wish;
        private final PriorityQueue<Entry> queue = new PriorityQueue<>();

        Ranking(Wish wish) {
            this.wish = wish;
            for (int place = 0; place < count; place++) {
                changed(place);
            }
        }

        void changed(int place) {
            if (wish.fits(place)) {
                queue.add(new Entry(wish.points(place), place, changes[place]));
            }
        }

        /** For a request of this kind, which may have a group. */
        int best(Wish of) {
            List<Entry> closed = new ArrayList<>();
            int best = NOWHERE;
            for (Entry top = queue.peek(); best == NOWHERE && top != null; top = queue.peek()) {
                if (top.change() != changes[top.place()]) {
                    queue.remove();
                } else if (of.suitsItsGroup(top.place())) {
                    best = top.place();
                } else {
                    closed.add(queue.remove());
                }
            }
            // What is closed to its group is open to the next.
            queue.addAll(closed);
            return best;
        }
    }

    private record Entry(double points, int place, int change) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            int byPoints = Double.compare(other.points, points);
            return byPoints != 0 ? byPoints : Integer.compare(place, other.place);
        }
    }

    /**
     * What decides which hosts fit and how welcome they are.
     *
     * @param excluded by its number
     */
    private record Kind(Resources wants, @Nullable String zone, int excluded, PlacementRules rules, boolean recovers) {}

    /** The ranking of a request, or null when there are too few like it, or when it is weighed by more than each host by itself. */
    private final class Rankings {
        private final Map<Kind, Integer> counts = new HashMap<>();
        private final Map<Kind, Ranking> known = new HashMap<>();
        private final Balance balance;
        private final Exclusions exclusions;

        Rankings(List<PlacementRequest> requests, Balance balance, Exclusions exclusions) {
            this.balance = balance;
            this.exclusions = exclusions;
            if (requests.size() >= ALIKE_MIN) {
                requests.forEach(request -> counts.merge(kind(request), 1, Integer::sum));
            }
        }

        @Nullable
        Ranking of(Asking asking) {
            PlacementRequest request = asking.request();
            Companions group = asking.group();
            if (counts.isEmpty()
                    || request.only() != null
                    || request.rules().namesOthers()
                    // Balance makes a host more or less welcome by what is promised on others.
                    || scale(request).balances
                    || (group != null && group.prefers())) {
                return null;
            }
            Kind kind = kind(request);
            return counts.getOrDefault(kind, 0) < ALIKE_MIN
                    ? null
                    : known.computeIfAbsent(
                            kind,
                            _ -> new Ranking(
                                    new Wish(new Asking(request, null, asking.neighbours()), balance, exclusions)));
        }

        void changed(int place) {
            known.values().forEach(each -> each.changed(place));
        }

        private Kind kind(PlacementRequest request) {
            return new Kind(
                    request.wants(),
                    request.zone(),
                    exclusions.number(request.excluded()),
                    request.rules(),
                    request.recovers());
        }
    }

    /** Who is excluded by the requests of one plan. Most exclude the same hosts, those that have failed. */
    private final class Exclusions {
        private final Map<Map<HostId, String>, Integer> numbers = new HashMap<>();
        private final List<boolean @Nullable []> masks = new ArrayList<>();

        /** The last one that was asked for: a thousand hosts are not compared for each of their instances. */
        private @Nullable Map<HostId, String> last;

        private int lastNumber;

        /** The same for the same hosts and reasons. */
        @SuppressWarnings("ReferenceEquality") // One that is equal and another object is found a line later.
        int number(Map<HostId, String> hosts) {
            if (hosts != last) {
                lastNumber = numbers.computeIfAbsent(hosts, this::add);
                last = hosts;
            }
            return lastNumber;
        }

        /** By place; null where none is. */
        boolean @Nullable [] mask(int number) {
            return masks.get(number);
        }

        private int add(Map<HostId, String> hosts) {
            masks.add(marked(hosts.keySet()));
            return masks.size() - 1;
        }
    }

    /** By place; null where none is. */
    private boolean @Nullable [] marked(Collection<HostId> hosts) {
        if (hosts.isEmpty()) {
            return null;
        }
        boolean[] mask = new boolean[count];
        for (HostId host : hosts) {
            Integer place = places.get(host);
            if (place != null) {
                mask[place] = true;
            }
        }
        return mask;
    }

    private Balance balance(List<PlacementRequest> requests) {
        return requests.stream().anyMatch(request -> scale(request).balances)
                ? new Balance(Arrays.asList(rooms).subList(0, count))
                : Balance.NONE;
    }

    /** What hosts are weighed with for the requests of one policy. */
    private static final class Scale {
        /** By place. */
        private final Multipliers[] by;

        /** Whether the columns are enough for it on every host. */
        private final boolean isPlain;

        /** Whether some host is weighed by what is promised on others. */
        private final boolean balances;

        Scale(Multipliers[] by, boolean isPlain, boolean balances) {
            this.by = by;
            this.isPlain = isPlain;
            this.balances = balances;
        }

        static Scale of(Multipliers[] by) {
            return new Scale(
                    by,
                    Arrays.stream(by).allMatch(Multipliers::isPlain),
                    Arrays.stream(by).anyMatch(Multipliers::balances));
        }
    }

    private Scale scale(PlacementRequest request) {
        String policy = request.rules().policy();
        if (policy != null && settings.hasPolicy(policy)) {
            return scales.computeIfAbsent(
                    policy,
                    name -> Scale.of(Arrays.stream(snapshots)
                            .map(host -> settings.multipliers(name, host.zone(), host.metadata()))
                            .toArray(Multipliers[]::new)));
        }
        return new Scale(multipliers, particular == 0, balancing > 0);
    }

    private void promise(int place, PlacementRequest request) {
        Resources wants = request.wants();
        if (touchedCount == touched.length) {
            touched = Arrays.copyOf(touched, Math.max(16, 2 * touchedCount));
        }
        touched[touchedCount++] = place;
        rooms[place].changed();
        vcpusFree[place] -= wants.vcpus();
        memoryMibFree[place] -= wants.memoryMib();
        diskGibFree[place] -= wants.diskGib();
        instances[place]++;
        changes[place]++;
        promisedCells.promise(place, snapshots[place], request.rules().wish().numa(), wants);
        request.rules()
                .wish()
                .amounts()
                .of()
                .forEach((name, amount) -> stockPromised
                        .computeIfAbsent(place, at -> new HashMap<>())
                        .merge(name, (long) amount, Long::sum));
    }

    private void forgetPromises() {
        for (int i = 0; i < touchedCount; i++) {
            free(touched[i], snapshots[touched[i]]);
        }
        touchedCount = 0;
        stockPromised.clear();
        promisedCells.forget();
    }

    private void build(Collection<HostSnapshot> hosts) {
        snapshots = hosts.toArray(HostSnapshot[]::new);
        Arrays.sort(snapshots, Comparator.comparing(HostSnapshot::host));
        count = snapshots.length;
        rooms = new Room[count];
        isOpen = new boolean[count];
        nature = new int[count];
        natures.clear();
        isAdvisedAgainst = new boolean[count];
        isDrained = new boolean[count];
        drained = 0;
        advisoryPoints = new double[count];
        weight = new double[count];
        buildFailures = new int[count];
        multipliers = new Multipliers[count];
        Arrays.fill(multipliers, general);
        particular = general.isPlain() ? 0 : count;
        balancing = general.balances() ? count : 0;
        zone = new int[count];
        vcpusFree = new long[count];
        memoryMibFree = new long[count];
        memoryMibLimit = new long[count];
        diskGibFree = new long[count];
        instances = new long[count];
        changes = new int[count];
        places.clear();
        for (int place = 0; place < count; place++) {
            rooms[place] = new Room(this, place);
            if (places.put(snapshots[place].host(), place) != null) {
                throw new IllegalArgumentException(
                        "host " + snapshots[place].host() + " appears twice in the snapshot");
            }
            load(place, snapshots[place]);
        }
    }

    private void load(int place, HostSnapshot host) {
        snapshots[place] = host;
        isOpen[place] = host.alive() && host.enabled();
        AdvisorySettings.Effect effect = host.outside().effect(settings.advisories());
        isAdvisedAgainst[place] = effect.isClosing();
        boolean drains = effect == AdvisorySettings.Effect.DRAIN;
        if (drains != isDrained[place]) {
            isDrained[place] = drains;
            drained += drains ? 1 : -1;
        }
        advisoryPoints[place] = host.outside().advisoryPoints(settings.advisories());
        weight[place] = host.outside().weight();
        buildFailures[place] = failuresThatCount(host);
        weighedWith(place, host);
        zone[place] = zones.computeIfAbsent(host.zone(), _ -> zones.size());
        nature[place] = natures.number(host);
        free(place, host);
    }

    private void weighedWith(int place, HostSnapshot host) {
        Multipliers before = multipliers[place];
        Multipliers here = host.metadata().isEmpty() && settings.policies().isEmpty()
                ? general
                : settings.multipliers(null, host.zone(), host.metadata());
        // Most clouds have one set of multipliers, and then ten thousand hosts have one object, which stays in the
        // processor's cache.
        Multipliers now = here.equals(general) ? general : here;
        multipliers[place] = now;
        particular += (now.isPlain() ? 0 : 1) - (before.isPlain() ? 0 : 1);
        balancing += (now.balances() ? 1 : 0) - (before.balances() ? 1 : 0);
        scales.clear();
    }

    /** What a plan uses up and gives back. */
    private void free(int place, HostSnapshot host) {
        rooms[place].changed();
        vcpusFree[place] = limit(host.capacity().vcpus(), settings.vcpuOvercommit())
                - host.used().vcpus();
        memoryMibLimit[place] = limit(host.capacity().memoryMib(), settings.memoryOvercommit());
        memoryMibFree[place] = memoryMibLimit[place] - host.used().memoryMib();
        diskGibFree[place] = limit(host.capacity().diskGib(), settings.diskOvercommit())
                - host.used().diskGib();
        instances[place] = host.instances();
    }

    private static long limit(int capacity, double overcommit) {
        return (long) Math.floor(capacity * overcommit);
    }

    // --- what a room is, read from the columns ---

    HostSnapshot snapshot(int place) {
        return snapshots[place];
    }

    long vcpusFree(int place) {
        return vcpusFree[place];
    }

    long vcpusLimit(int place) {
        return limit(snapshots[place].capacity().vcpus(), settings.vcpuOvercommit());
    }

    long memoryMibFree(int place) {
        return memoryMibFree[place];
    }

    long memoryMibLimit(int place) {
        return memoryMibLimit[place];
    }

    boolean limitsDisk() {
        return limitsDisk;
    }

    long diskGibFree(int place) {
        return diskGibFree[place];
    }

    long diskGibLimit(int place) {
        return limit(snapshots[place].capacity().diskGib(), settings.diskOvercommit());
    }

    long instances(int place) {
        return instances[place];
    }

    /** As {@link Room#closing}. */
    String closing(int place) {
        return isAdvisedAgainst[place] ? snapshots[place].outside().closing(settings.advisories()) : "";
    }

    double advisoryPoints(int place) {
        return advisoryPoints[place];
    }

    double weight(int place) {
        return weight[place];
    }

    int buildFailures(int place) {
        return buildFailures[place];
    }

    /** One more makes no difference where nothing has gone well. */
    public static int failuresThatCount(HostSnapshot host) {
        return Math.min(BUILD_FAILURES_MAX, host.buildFailures());
    }

    long promised(int place, String stock) {
        return stockPromised.getOrDefault(place, Map.of()).getOrDefault(stock, 0L);
    }

    HostTopology cells(int place) {
        return promisedCells.left(place, snapshots[place]);
    }

    boolean isCrowded(int place) {
        return instances[place] >= instancesLimit;
    }
}
