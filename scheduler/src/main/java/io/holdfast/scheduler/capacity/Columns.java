package io.holdfast.scheduler.capacity;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.AdvisorySettings;
import io.holdfast.scheduler.Fleet;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Multipliers;
import io.holdfast.scheduler.PlacementRules;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in the form that thousands of failures are played on: numbers by host and by item, an item being a protected
 * instance. Hosts come by name, items in the order in which homes are sought for them.
 *
 * <p>Behind the hosts is one more place, {@link #spare}, for a host that is not there yet; nobody can use it until a
 * {@link Greedy.Change} says what it has.
 */
final class Columns {

    static final int CPU = 0;
    static final int MEMORY = 1;
    static final int DISK = 2;

    /** A zone, group or kind of item that is none. */
    static final int NONE = -1;

    /** Nothing of the kind stands between an item and a host. */
    private static final boolean[] ANYWHERE = {};

    final SegmentSnapshot snapshot;
    final int hosts;
    final int items;

    /** Resources that limit: disk does not on shared storage. */
    final int dimensions;

    final long[][] free;
    /** By resource and host: all that may be promised there. */
    final long[][] limits;

    final long[] instances;
    final boolean[] alive;
    final boolean[] usable;
    final boolean[] lost;
    final int[] zone;

    final long[][] wants;
    final int[] home;
    final int[] itemZone;
    final int[] group;

    /**
     * Items that find each host as welcome have the same kind; {@link #NONE} for those in a group whose members change how welcome a
     * host is. Strict anti-affinity closes hosts, and makes none more welcome.
     */
    final int[] kind;

    /** By item: where it may go at most; without elements where it may go wherever a host is usable. */
    final boolean[][] reach;

    /** By item: where its flavor and dedications let it be, the place for a new host included; without elements where all do. */
    final boolean[][] suited;

    /** By item: whether where others live decides, by more than a group's policy. Only the planner itself knows that. */
    final boolean[] bound;

    /** Instances that a host may have. */
    final long instancesMax;

    /** Whether hosts become more or less welcome by what happens on others, or instances earlier by what is said of their host: no rank knows that. */
    private final boolean balanced;

    final int kinds;
    final List<Group> groups = new ArrayList<>();

    /** By host, in order. */
    final int[][] itemsOf;

    /** Whose homes are lost already. */
    final int[] waiting;

    /** By kind: the hosts that it may go to now, the most welcome first, and how welcome each host is. */
    final int[][] ranked;

    final double[][] points;

    /** By host: what somebody outside says of it, in points. It closes no host to those whose own host has failed. */
    private final double[] advisoryPoints;

    private final double[] weight;
    private final int[] buildFailures;
    private final double[] idleShare;

    /** By host, what it is weighed with. */
    private final Multipliers[] multipliers;

    private final double[] overcommit;

    /** A server group that items are in. {@code residents} by host: members whose home it is. */
    static final class Group {
        final GroupPolicy policy;
        final int maxPerHost;
        final int members;
        final int[] residents;

        /** Whether its members must not share failure domains. */
        final boolean isSpread;

        Group(GroupSnapshot from, int places) {
            this.policy = from.policy();
            this.maxPerHost = from.maxPerHost();
            this.members = from.members().size();
            this.residents = new int[places];
            this.isSpread = !from.spread().isEmpty();
        }
    }

    Columns(SegmentSnapshot snapshot, SchedulerSettings settings) {
        this.snapshot = snapshot;
        this.hosts = snapshot.hosts().size();
        this.items = snapshot.instances().size();
        this.dimensions = settings.diskOvercommit() > 0 ? 3 : 2;
        this.multipliers = new Multipliers[hosts + 1];
        // Of a host that is not there yet nobody knows the aggregates.
        this.multipliers[hosts] = settings.multipliers(null, "", Map.of());
        for (int h = 0; h < hosts; h++) {
            HostSnapshot host = snapshot.hosts().get(h);
            this.multipliers[h] = settings.multipliers(null, host.zone(), host.metadata());
        }
        this.balanced = Arrays.stream(multipliers).anyMatch(Multipliers::balances)
                || snapshot.hosts().stream()
                        .anyMatch(
                                host -> host.outside().effect(settings.advisories()) == AdvisorySettings.Effect.DRAIN);
        this.instancesMax = settings.maxInstancesPerHost() == 0 ? Long.MAX_VALUE : settings.maxInstancesPerHost();
        this.overcommit =
                new double[] {settings.vcpuOvercommit(), settings.memoryOvercommit(), settings.diskOvercommit()};
        int places = hosts + 1;
        free = new long[dimensions][places];
        limits = new long[dimensions][places];
        instances = new long[places];
        alive = new boolean[places];
        usable = new boolean[places];
        lost = new boolean[places];
        advisoryPoints = new double[places];
        weight = new double[places];
        buildFailures = new int[places];
        idleShare = new double[places];
        idleShare[hosts] = HostSnapshot.NOBODY_KNOWS;
        zone = new int[places];
        zone[hosts] = NONE;
        wants = new long[dimensions][items];
        home = new int[items];
        itemZone = new int[items];
        group = new int[items];
        kind = new int[items];
        reach = new boolean[items][];
        suited = new boolean[items][];
        bound = new boolean[items];
        Map<String, Integer> zones = new HashMap<>();
        Map<HostId, Integer> places0 = readHosts(snapshot, settings, zones);
        readGroups(snapshot, places0, readItems(snapshot, settings, places0, zones));
        itemsOf = byHome();
        waiting = java.util.stream.IntStream.range(0, items)
                .filter(item -> lost[home[item]])
                .toArray();
        kinds = readKinds();
        ranked = new int[kinds][];
        points = new double[kinds][];
        rank();
    }

    int spare() {
        return hosts;
    }

    /** What a member of a server group is worth on a host. */
    double groupMultiplier(int host) {
        return multipliers[host].group();
    }

    private Map<HostId, Integer> readHosts(
            SegmentSnapshot from, SchedulerSettings settings, Map<String, Integer> zones) {
        Map<HostId, Integer> index = new HashMap<>();
        for (int h = 0; h < hosts; h++) {
            HostSnapshot host = from.hosts().get(h);
            index.put(host.host(), h);
            limits[CPU][h] = limit(host.capacity().vcpus(), settings.vcpuOvercommit());
            free[CPU][h] = limits[CPU][h] - host.used().vcpus();
            limits[MEMORY][h] = limit(host.capacity().memoryMib(), settings.memoryOvercommit());
            free[MEMORY][h] = limits[MEMORY][h] - host.used().memoryMib();
            if (dimensions > DISK) {
                limits[DISK][h] = limit(host.capacity().diskGib(), settings.diskOvercommit());
                free[DISK][h] = limits[DISK][h] - host.used().diskGib();
            }
            instances[h] = host.instances();
            alive[h] = host.alive();
            usable[h] = host.alive() && host.enabled();
            lost[h] = from.lost().contains(host.host());
            zone[h] = id(zones, host.zone());
            advisoryPoints[h] = host.outside().advisoryPoints(settings.advisories());
            weight[h] = host.outside().weight();
            buildFailures[h] = Fleet.failuresThatCount(host);
            idleShare[h] = host.idleShare();
        }
        return index;
    }

    private Map<InstanceId, Integer> readItems(
            SegmentSnapshot from, SchedulerSettings settings, Map<HostId, Integer> places, Map<String, Integer> zones) {
        Map<InstanceId, Integer> index = new HashMap<>();
        Map<HostId, boolean[]> reaches = new HashMap<>();
        from.reaches().forEach((host, reachOf) -> {
            boolean[] mask = new boolean[hosts + 1];
            reachOf.hosts().forEach(each -> {
                Integer place = places.get(each);
                if (place != null) {
                    mask[place] = true;
                }
            });
            reaches.put(host, mask);
        });
        // Of one project and one flavor there are many.
        Map<Suiting, boolean[]> masks = new HashMap<>();
        for (int i = 0; i < items; i++) {
            ProtectedInstance instance = from.instances().get(i);
            if (index.put(instance.id(), i) != null) {
                throw new IllegalArgumentException("instance " + instance.id() + " appears twice in the snapshot");
            }
            Resources amount = instance.wants();
            wants[CPU][i] = amount.vcpus();
            wants[MEMORY][i] = amount.memoryMib();
            if (dimensions > DISK) {
                wants[DISK][i] = amount.diskGib();
            }
            home[i] = places.getOrDefault(instance.home(), NONE);
            String stays = instance.zone();
            itemZone[i] = stays == null ? NONE : id(zones, stays);
            group[i] = NONE;
            reach[i] = reaches.getOrDefault(instance.home(), ANYWHERE);
            PlacementRules rules = instance.rules();
            suited[i] =
                    masks.computeIfAbsent(new Suiting(rules.wish(), rules.project()), ignored -> suited(from, rules));
            // Of a flavor with a policy of its own, hosts have another order; and stocks and cells are no columns.
            bound[i] = rules.namesOthers()
                    || settings.hasPolicy(rules.policy())
                    || !rules.wish().amounts().isEmpty()
                    || rules.wish().numa().wantsSomething();
        }
        return index;
    }

    /** What of an item's rules hosts alone answer. */
    private record Suiting(HostWish wish, @Nullable ProjectId project) {}

    private boolean[] suited(SegmentSnapshot from, PlacementRules rules) {
        boolean[] mask = new boolean[hosts + 1];
        boolean all = true;
        boolean floats = !rules.wish().numa().wantsSomething();
        for (int h = 0; h < hosts; h++) {
            HostSnapshot host = from.hosts().get(h);
            mask[h] = rules.suit(host.metadata(), host.traits(), host.stocks().keySet())
                    && (floats || !host.cells().equals(HostTopology.NONE));
            all &= mask[h];
        }
        // A host that is added is in no aggregate yet, and nobody has said what it is.
        mask[hosts] = floats && rules.suit(Map.of(), Set.of(), Set.of());
        return all && mask[hosts] ? ANYWHERE : mask;
    }

    private void readGroups(SegmentSnapshot from, Map<HostId, Integer> places, Map<InstanceId, Integer> index) {
        for (GroupSnapshot one : from.groups()) {
            int[] members = one.members().stream()
                    .map(index::get)
                    .filter(java.util.Objects::nonNull)
                    .mapToInt(Integer::intValue)
                    .toArray();
            if (members.length == 0) {
                continue;
            }
            Group read = new Group(one, hosts + 1);
            for (int member : members) {
                if (group[member] != NONE) {
                    throw new IllegalArgumentException(
                            "instance " + from.instances().get(member).id() + " is in two server groups");
                }
                group[member] = groups.size();
                bound[member] |= read.isSpread;
            }
            one.homes().values().forEach(at -> {
                Integer place = places.get(at);
                if (place != null) {
                    read.residents[place]++;
                }
            });
            groups.add(read);
        }
    }

    private int[][] byHome() {
        List<List<Integer>> lists = new ArrayList<>();
        for (int h = 0; h < hosts; h++) {
            lists.add(new ArrayList<>());
        }
        for (int i = 0; i < items; i++) {
            lists.get(home[i]).add(i);
        }
        int[][] result = new int[hosts][];
        for (int h = 0; h < hosts; h++) {
            result[h] = lists.get(h).stream().mapToInt(Integer::intValue).toArray();
        }
        return result;
    }

    private record Alike(long cpu, long memory, long disk, int zone, Suiting suited) {}

    private int readKinds() {
        Map<Alike, Integer> known = new HashMap<>();
        for (int i = 0; i < items; i++) {
            kind[i] = group[i] != NONE && groups.get(group[i]).policy != GroupPolicy.ANTI_AFFINITY
                    ? NONE
                    : known.computeIfAbsent(
                            new Alike(
                                    wants[CPU][i],
                                    wants[MEMORY][i],
                                    dimensions > DISK ? wants[DISK][i] : 0,
                                    itemZone[i],
                                    suiting(i)),
                            ignored -> known.size());
        }
        return known.size();
    }

    private Suiting suiting(int item) {
        PlacementRules rules = snapshot.instances().get(item).rules();
        return suited[item].length == 0 ? new Suiting(HostWish.NONE, null) : new Suiting(rules.wish(), rules.project());
    }

    private void rank() {
        for (int i = 0; i < items; i++) {
            int of = kind[i];
            if (of == NONE || points[of] != null) {
                continue;
            }
            int item = i;
            double[] welcome = new double[hosts];
            for (int h = 0; h < hosts; h++) {
                welcome[h] = points(free, limits, i, h, instances[h]);
            }
            points[of] = welcome;
            ranked[of] = java.util.stream.IntStream.range(0, hosts)
                    .filter(h -> usable[h] && suits(item, h) && fits(free, item, h) && instances[h] < instancesMax)
                    .boxed()
                    .sorted((one, other) -> {
                        int byPoints = Double.compare(welcome[other], welcome[one]);
                        return byPoints != 0 ? byPoints : Integer.compare(one, other);
                    })
                    .mapToInt(Integer::intValue)
                    .toArray();
        }
    }

    /** How welcome a host is that has so much left of what it may promise, and so many instances. */
    double points(long[][] left, long[][] of, int item, int host, long there) {
        // The scheduler's terms in the scheduler's order, so that the same doubles come out.
        Multipliers by = multipliers[host];
        return by.freeMemory() * share(left[MEMORY][host] - wants[MEMORY][item], of[MEMORY][host])
                + by.spread() / (1.0 + there)
                + advisoryPoints[host]
                + by.providerWeight() * weight[host]
                - by.buildFailure() * buildFailures[host]
                - by.startCost() * (there - instances[host])
                + by.freeCpu() * share(left[CPU][host] - wants[CPU][item], of[CPU][host])
                + by.freeDisk() * (dimensions > DISK ? share(left[DISK][host] - wants[DISK][item], of[DISK][host]) : 0)
                + by.measuredCpu() * idleShare[host];
    }

    private static double share(long left, long limit) {
        return limit == 0 ? 0 : (double) left / limit;
    }

    /** Whether neither a reserve nor its flavor nor a dedication stands between it and a host. */
    boolean roams(int item) {
        return reach[item].length == 0 && suited[item].length == 0;
    }

    /** Whether {@link Greedy} comes to where the planner puts it; else only the planner itself may be asked. */
    boolean isPlayed(int item) {
        return reach[item].length == 0 && !bound[item] && !balanced;
    }

    /** Whether the zone is right, and neither its flavor nor a dedication forbids it. */
    boolean suits(int item, int host) {
        return (itemZone[item] == NONE || itemZone[item] == zone[host]) && isSuited(item, host);
    }

    /** Whether neither its flavor nor a dedication forbids it; also of the place for a new host. */
    boolean isSuited(int item, int host) {
        return suited[item].length == 0 || suited[item][host];
    }

    /** Whether it is one that the item may go to while these hosts have failed, whatever room there is. */
    boolean open(int item, int host, boolean[] failed) {
        boolean[] mask = reach[item];
        return !failed[host] && (mask.length == 0 ? usable[host] : alive[host] && mask[host]) && suits(item, host);
    }

    boolean fits(long[][] room, int item, int host) {
        for (int d = 0; d < dimensions; d++) {
            if (wants[d][item] > room[d][host]) {
                return false;
            }
        }
        return true;
    }

    /** Which hosts have failed, with those that were lost before. */
    boolean[] failed(int... places) {
        boolean[] failed = Arrays.copyOf(lost, hosts + 1);
        for (int place : places) {
            failed[place] = true;
        }
        return failed;
    }

    /** Whoever needs a home when these hosts fail, in order. */
    int[] moving(int... places) {
        int count = waiting.length;
        for (int place : places) {
            count += itemsOf[place].length;
        }
        int[] all = Arrays.copyOf(waiting, count);
        int at = waiting.length;
        for (int place : places) {
            System.arraycopy(itemsOf[place], 0, all, at, itemsOf[place].length);
            at += itemsOf[place].length;
        }
        if (places.length > 1 || waiting.length > 0) {
            Arrays.sort(all);
        }
        return all;
    }

    /** What a host must have so that so much may be promised on it, and a bit more where it does not divide. */
    long sizeFor(int dimension, long room) {
        long size = (long) Math.ceil(room / overcommit[dimension]);
        return limit(size, overcommit[dimension]) < room ? size + 1 : size;
    }

    /** What may be promised on a host of this size. */
    long roomOf(int dimension, long size) {
        return limit(size, overcommit[dimension]);
    }

    private static int id(Map<String, Integer> known, String word) {
        return known.computeIfAbsent(word, ignored -> known.size());
    }

    private static long limit(long capacity, double overcommit) {
        return (long) Math.floor(capacity * overcommit);
    }
}
