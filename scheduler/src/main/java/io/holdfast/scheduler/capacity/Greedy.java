package io.holdfast.scheduler.capacity;

import static io.holdfast.scheduler.capacity.Columns.MEMORY;
import static io.holdfast.scheduler.capacity.Columns.NONE;

import io.holdfast.scheduler.capacity.Columns.Group;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The plan that {@link io.holdfast.scheduler.Scheduler} makes, played on columns: the same order, filters, weights and
 * choice among equals, without words for people. A property test holds the two together.
 *
 * <p><b>Intuition.</b> In a plan for some dozens of instances nearly all hosts stay as they were. For each kind of item the
 * hosts stand ranked before the first plan; in a plan the best host is either the first of that rank that neither failed
 * nor was given anything yet, or one of the few that were. Only members of groups that make hosts more or less welcome look at every
 * host.
 *
 * <p>One thread; its arrays are used again by each call.
 */
final class Greedy {

    private final Columns columns;
    private final long[][] free;
    private final long[] instances;
    private final boolean[] isTouched;
    private final int[] touched;
    private int touchedCount;
    private final int[] cursor;
    private final Map<Integer, Company> companies = new HashMap<>();

    /** As of the columns, and what the host offers that is not there yet. */
    private final long[][] limits;

    /** By rank in the items that were asked for: the host, or {@link Columns#NONE}. */
    private int[] chosen = new int[0];

    Greedy(Columns columns) {
        this.columns = columns;
        this.free = new long[columns.dimensions][];
        this.limits = new long[columns.dimensions][];
        for (int d = 0; d < columns.dimensions; d++) {
            free[d] = columns.free[d].clone();
            limits[d] = columns.limits[d].clone();
        }
        this.instances = columns.instances.clone();
        this.isTouched = new boolean[columns.hosts + 1];
        this.touched = new int[columns.hosts + 1];
        this.cursor = new int[columns.kinds];
    }

    /**
     * More room than there is, to see what would help.
     *
     * @param host which host has more; the spare place for one that is added
     * @param zone of the host that is added, else {@link Columns#NONE}
     */
    record Change(int host, long cpu, long memory, long disk, int zone) {

        static Change of(int host, long[] more, int zone) {
            return new Change(
                    host, more[Columns.CPU], more[MEMORY], more.length > Columns.DISK ? more[Columns.DISK] : 0, zone);
        }

        long more(int dimension) {
            return dimension == Columns.CPU ? cpu : dimension == MEMORY ? memory : disk;
        }
    }

    /** A group's members during one plan. */
    private static final class Company {
        final Group group;
        final int[] there;
        final long[] awaited = new long[3];
        int placed;

        Company(Group group, boolean[] failed) {
            this.group = group;
            this.there = group.residents.clone();
            for (int h = 0; h < there.length; h++) {
                if (failed[h]) {
                    there[h] = 0;
                }
                placed += there[h];
            }
        }
    }

    /** How many of these items, the most important first, find no home. */
    int left(int[] items, boolean[] failed) {
        return left(items, failed, null);
    }

    int left(int[] items, boolean[] failed, @Nullable Change change) {
        reset();
        gather(items, failed);
        if (chosen.length < items.length) {
            chosen = new int[items.length];
        }
        for (int d = 0; d < columns.dimensions; d++) {
            limits[d][columns.spare()] = change != null && change.host() == columns.spare() ? change.more(d) : 0;
        }
        if (change != null) {
            for (int d = 0; d < columns.dimensions; d++) {
                free[d][change.host()] += change.more(d);
            }
            touch(change.host());
        }
        int left = 0;
        for (int i = 0; i < items.length; i++) {
            int item = items[i];
            int host = columns.kind[item] == NONE
                    ? amongAll(item, failed, change)
                    : amongRanked(item, columns.kind[item], failed, change);
            chosen[i] = host;
            if (host == NONE) {
                left++;
            } else {
                take(item, host);
            }
            Company company = companies.get(columns.group[item]);
            if (company != null) {
                if (host != NONE) {
                    company.there[host]++;
                    company.placed++;
                }
                await(company, item, -1);
            }
        }
        return left;
    }

    /** Where the items of the last plan went, in their order; {@link Columns#NONE} for who found no home. */
    int[] chosen(int count) {
        return Arrays.copyOf(chosen, count);
    }

    private void reset() {
        for (int t = 0; t < touchedCount; t++) {
            int host = touched[t];
            isTouched[host] = false;
            instances[host] = columns.instances[host];
            for (int d = 0; d < columns.dimensions; d++) {
                free[d][host] = columns.free[d][host];
            }
        }
        touchedCount = 0;
        Arrays.fill(cursor, 0);
        companies.clear();
    }

    private void gather(int[] items, boolean[] failed) {
        if (columns.groups.isEmpty()) {
            return;
        }
        for (int item : items) {
            if (columns.group[item] != NONE) {
                await(
                        companies.computeIfAbsent(
                                columns.group[item], id -> new Company(columns.groups.get(id), failed)),
                        item,
                        1);
            }
        }
    }

    private void await(Company company, int item, int sign) {
        for (int d = 0; d < columns.dimensions; d++) {
            company.awaited[d] += sign * columns.wants[d][item];
        }
    }

    private void touch(int host) {
        if (!isTouched[host]) {
            isTouched[host] = true;
            touched[touchedCount++] = host;
        }
    }

    private void take(int item, int host) {
        touch(host);
        for (int d = 0; d < columns.dimensions; d++) {
            free[d][host] -= columns.wants[d][item];
        }
        instances[host]++;
    }

    private int amongRanked(int item, int kind, boolean[] failed, @Nullable Change change) {
        int[] ranked = columns.ranked[kind];
        int at = cursor[kind];
        // Who failed or was given something is no longer where it was ranked, in this whole plan.
        while (at < ranked.length && (failed[ranked[at]] || isTouched[ranked[at]])) {
            at++;
        }
        cursor[kind] = at;
        Company company = columns.group[item] == NONE ? null : companies.get(columns.group[item]);
        // What the group closes is closed to this item alone, so the cursor stays.
        while (company != null
                && at < ranked.length
                && (failed[ranked[at]] || isTouched[ranked[at]] || forbids(company, ranked[at]))) {
            at++;
        }
        int best = at < ranked.length ? ranked[at] : NONE;
        double most = best == NONE ? 0 : columns.points[kind][best];
        for (int t = 0; t < touchedCount; t++) {
            int host = touched[t];
            if (!mayTake(item, host, failed, change) || (company != null && forbids(company, host))) {
                continue;
            }
            double points = points(item, host);
            int order = best == NONE ? 1 : Double.compare(points, most);
            if (order > 0 || (order == 0 && host < best)) {
                best = host;
                most = points;
            }
        }
        return best;
    }

    private int amongAll(int item, boolean[] failed, @Nullable Change change) {
        Company company = companies.get(columns.group[item]);
        int best = NONE;
        double most = 0;
        for (int host = 0; host <= columns.hosts; host++) {
            if (!mayTake(item, host, failed, change) || (company != null && forbids(company, host))) {
                continue;
            }
            double points = points(item, host)
                    + (company == null ? 0 : columns.groupMultiplier(host) * preference(company, host));
            if (best == NONE || Double.compare(points, most) > 0) {
                best = host;
                most = points;
            }
        }
        return best;
    }

    private boolean mayTake(int item, int host, boolean[] failed, @Nullable Change change) {
        if (host == columns.spare()) {
            return change != null
                    && change.host() == host
                    && (columns.itemZone[item] == NONE || columns.itemZone[item] == change.zone())
                    && columns.isSuited(item, host)
                    && instances[host] < columns.instancesMax
                    && columns.fits(free, item, host);
        }
        return columns.usable[host]
                && !failed[host]
                && columns.suits(item, host)
                && instances[host] < columns.instancesMax
                && columns.fits(free, item, host);
    }

    private double points(int item, int host) {
        return columns.points(free, limits, item, host, instances[host]);
    }

    private static boolean forbids(Company company, int host) {
        return switch (company.group.policy) {
            case AFFINITY -> company.placed > 0 && company.there[host] == 0;
            case ANTI_AFFINITY -> company.there[host] >= company.group.maxPerHost;
            case SOFT_AFFINITY, SOFT_ANTI_AFFINITY -> false;
        };
    }

    private int preference(Company company, int host) {
        return switch (company.group.policy) {
            case AFFINITY, SOFT_AFFINITY -> company.placed > 0 ? company.there[host] : holdsAll(company, host) ? 1 : 0;
            case SOFT_ANTI_AFFINITY -> -company.there[host];
            case ANTI_AFFINITY -> 0;
        };
    }

    private boolean holdsAll(Company company, int host) {
        for (int d = 0; d < columns.dimensions; d++) {
            if (company.awaited[d] > free[d][host]) {
                return false;
            }
        }
        return true;
    }
}
