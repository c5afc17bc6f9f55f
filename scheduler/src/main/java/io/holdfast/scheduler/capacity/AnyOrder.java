package io.holdfast.scheduler.capacity;

import static io.holdfast.scheduler.capacity.Columns.NONE;

import io.holdfast.model.GroupPolicy;
import io.holdfast.scheduler.capacity.Columns.Group;

/**
 * Whether there is so much room that whoever is placed, by whatever weights and in whatever order, finds a home.
 *
 * <p><b>Why it is certain.</b> The scheduler refuses an instance only when each host that it may go to is full for it in some
 * resource. A host is full in one for an instance that wants at most W of it only when it was given at least free - W + 1. So if all
 * hosts refuse, the hosts that are full in a resource were given, of that resource, at least the sum of these; and
 * together the hosts cannot be given more than all instances want, D. Add up over the hosts the smallest of
 * (free - W + 1) / D over the resources: where all refuse, each host's term is at most its share of some resource's D, so
 * the sum is at most the number of resources. If the sum is larger, somebody takes the instance, always. A strict anti-affinity group
 * closes at most (members - 1) / maxPerHost hosts to a member; as many of the largest terms are left out. A strict affinity
 * group may close all but one, and nothing is certain here; nor where instances ask for each other, or for failure domains of
 * their own. How many instances a host may have is one more resource, of which each wants one.
 *
 * <p>It costs one look at each host, and says nothing when it does not hold.
 */
final class AnyOrder {

    /** For what doubles lose. */
    private static final double MARGIN = 1e-6;

    private final Columns columns;
    private final long[][] demand;
    private final long[][] largest;
    private final double[] byZone;

    /** Resources, with the number of instances where that is limited. */
    private final int ways;

    AnyOrder(Columns columns) {
        this.columns = columns;
        this.ways = columns.dimensions + (columns.instancesMax == Long.MAX_VALUE ? 0 : 1);
        this.demand = new long[columns.hosts + 1][ways];
        this.largest = new long[columns.hosts + 1][ways];
        int zones = 0;
        for (int host = 0; host < columns.hosts; host++) {
            zones = Math.max(zones, columns.zone[host] + 1);
            add(host, columns.itemsOf[host]);
        }
        for (int zone : columns.itemZone) {
            zones = Math.max(zones, zone + 1);
        }
        this.byZone = new double[zones];
        add(columns.hosts, columns.waiting);
    }

    private void add(int row, int[] items) {
        for (int item : items) {
            for (int d = 0; d < ways; d++) {
                demand[row][d] += wants(d, item);
                largest[row][d] = Math.max(largest[row][d], wants(d, item));
            }
        }
    }

    /** Whether all {@code items}, which are those of {@code places} and those that wait, find homes in any order. */
    boolean certain(int[] items, boolean[] failed, int... places) {
        long[] total = demand[columns.hosts].clone();
        long[] most = largest[columns.hosts].clone();
        for (int place : places) {
            for (int d = 0; d < ways; d++) {
                total[d] += demand[place][d];
                most[d] = Math.max(most[d], largest[place][d]);
            }
        }
        return certain(items, failed, total, most, 0);
    }

    /** The same for any two hosts at once: the most that two of them can ask for, and the two that would be missed most. */
    boolean certainForAnyTwo() {
        long[] total = demand[columns.hosts].clone();
        long[] most = largest[columns.hosts].clone();
        for (int d = 0; d < ways; d++) {
            long first = 0;
            long second = 0;
            for (int host = 0; host < columns.hosts; host++) {
                if (columns.lost[host]) {
                    continue;
                }
                long one = demand[host][d];
                second = Math.max(second, Math.min(first, one));
                first = Math.max(first, one);
                most[d] = Math.max(most[d], largest[host][d]);
            }
            total[d] += first + second;
        }
        int[] everybody = java.util.stream.IntStream.range(0, columns.items).toArray();
        return certain(everybody, columns.failed(), total, most, 2);
    }

    private boolean certain(int[] items, boolean[] failed, long[] total, long[] most, int missed) {
        double all = 0;
        double top = 0;
        java.util.Arrays.fill(byZone, 0);
        for (int host = 0; host < columns.hosts; host++) {
            if (!columns.usable[host] || failed[host]) {
                continue;
            }
            double one = term(host, total, most);
            all += one;
            byZone[columns.zone[host]] += one;
            top = Math.max(top, one);
        }
        for (int item : items) {
            if (columns.bound[item]) {
                return false;
            }
            double sum = columns.roams(item)
                    ? columns.itemZone[item] == NONE ? all : byZone[columns.itemZone[item]]
                    : reached(item, failed, total, most);
            double highest = columns.roams(item) ? top : ways + 1;
            sum -= missed * highest;
            if (columns.group[item] != NONE) {
                Group group = columns.groups.get(columns.group[item]);
                if (group.policy == GroupPolicy.AFFINITY) {
                    return false;
                }
                if (group.policy == GroupPolicy.ANTI_AFFINITY) {
                    int closed = (group.members - 1) / group.maxPerHost;
                    sum -= closed * highest;
                }
            }
            if (!(sum > ways + MARGIN)) {
                return false;
            }
        }
        return true;
    }

    private long wants(int way, int item) {
        return way < columns.dimensions ? columns.wants[way][item] : 1;
    }

    private long free(int way, int host) {
        return way < columns.dimensions ? columns.free[way][host] : columns.instancesMax - columns.instances[host];
    }

    private double reached(int item, boolean[] failed, long[] total, long[] most) {
        double sum = 0;
        for (int host = 0; host < columns.hosts; host++) {
            if (columns.open(item, host, failed)) {
                sum += term(host, total, most);
            }
        }
        return sum;
    }

    /**
     * A host's term. At most the number of resources and a bit, so that one roomy host is enough and sums stay small; a host that a resource is
     * not asked of cannot be full in it, unless it is overfull already.
     */
    private double term(int host, long[] total, long[] most) {
        double least = ways + 1;
        for (int d = 0; d < ways; d++) {
            long slack = free(d, host) - most[d] + 1;
            if (slack <= 0) {
                return 0;
            }
            if (total[d] > 0) {
                least = Math.min(least, (double) slack / total[d]);
            }
        }
        return least;
    }
}
