package io.holdfast.scheduler.capacity;

import static io.holdfast.scheduler.capacity.Columns.NONE;

import io.holdfast.model.GroupPolicy;
import io.holdfast.scheduler.capacity.Columns.Group;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Whether any placement of all items exists, the planner's or another.
 *
 * <p>First what can be seen without a search: an item that no host takes even alone, and items that together want more than
 * all hosts have that they may go to. Then all placements are tried, the largest items first, on the host that they fill
 * best; hosts that are alike are tried once, and items that are alike keep their order. The search stops at its
 * limit of steps and then says so.
 *
 * <p>What instances ask of each other beside the rule of a group is not known here: so what is found may be forbidden, and
 * where nothing is found there is nothing. Soft rules forbid nothing, so they play no part. One thread, one call.
 */
final class Search {

    private final Columns columns;
    private final boolean[] failed;
    private int[] items;
    private final long[][] free;
    private final long[] rest;
    private final long[] instances;
    private final int[] chosen;
    private final Map<Integer, int[]> there = new HashMap<>();
    private final Map<Integer, Integer> placed = new HashMap<>();
    private final boolean anyReach;
    private long steps;

    /** What came of it. */
    enum Result {
        NO_HOST,
        NO_ROOM,
        EXHAUSTED,
        FOUND,
        GAVE_UP
    }

    Search(Columns columns, int[] items, boolean[] failed, long stepsMax) {
        this.columns = columns;
        this.failed = failed;
        this.free = new long[columns.dimensions][];
        for (int d = 0; d < columns.dimensions; d++) {
            free[d] = columns.free[d].clone();
        }
        this.instances = columns.instances.clone();
        this.rest = new long[columns.dimensions];
        this.steps = stepsMax;
        boolean reaches = false;
        for (int item : items) {
            reaches |= !columns.roams(item);
            for (int d = 0; d < columns.dimensions; d++) {
                rest[d] += columns.wants[d][item];
            }
            if (columns.group[item] != NONE) {
                there.computeIfAbsent(columns.group[item], this::residents);
            }
        }
        this.anyReach = reaches;
        this.items = items.clone();
        this.chosen = new int[items.length];
    }

    /** How many steps of the limit were not used. */
    long stepsLeft() {
        return Math.max(0, steps);
    }

    Result run() {
        boolean[] seen = new boolean[columns.kinds];
        for (int item : items) {
            boolean plain = columns.group[item] == NONE && columns.roams(item);
            if (plain && seen[columns.kind[item]]) {
                continue;
            }
            if (!somebodyTakes(item)) {
                return Result.NO_HOST;
            }
            if (plain) {
                seen[columns.kind[item]] = true;
            }
        }
        if (exceeds()) {
            return Result.NO_ROOM;
        }
        if (steps <= 0) {
            return Result.GAVE_UP;
        }
        items = hardestFirst(items);
        return place(0) ? Result.FOUND : steps < 0 ? Result.GAVE_UP : Result.EXHAUSTED;
    }

    private int[] residents(int id) {
        Group group = columns.groups.get(id);
        int[] counts = group.residents.clone();
        int all = 0;
        for (int h = 0; h < counts.length; h++) {
            if (failed[h]) {
                counts[h] = 0;
            }
            all += counts[h];
        }
        placed.put(id, all);
        return counts;
    }

    private int[] hardestFirst(int[] of) {
        return Arrays.stream(of)
                .boxed()
                .sorted(Comparator.comparingInt((Integer item) -> together(item) ? 0 : 1)
                        .thenComparingInt(item -> columns.group[item] == NONE ? 1 : 0)
                        .thenComparingDouble(item -> -share(item))
                        .thenComparingInt(item -> columns.kind[item])
                        .thenComparingInt(item -> item))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private double share(int item) {
        double share = 0;
        for (int d = 0; d < columns.dimensions; d++) {
            share = Math.max(share, rest[d] == 0 ? 0 : (double) columns.wants[d][item] / rest[d]);
        }
        return share;
    }

    private boolean together(int item) {
        return columns.group[item] != NONE && columns.groups.get(columns.group[item]).policy == GroupPolicy.AFFINITY;
    }

    private boolean somebodyTakes(int item) {
        for (int host = 0; host < columns.hosts; host++) {
            if (columns.fits(free, item, host) && allows(item, host)) {
                return true;
            }
        }
        return false;
    }

    /** Whether they want more than there is: all of them, or those of one zone. */
    private boolean exceeds() {
        if (exceeds(NONE)) {
            return true;
        }
        int before = NONE;
        for (int item : items) {
            int zone = columns.itemZone[item];
            if (zone != NONE && zone != before && exceeds(zone)) {
                return true;
            }
            before = zone;
        }
        return false;
    }

    private boolean exceeds(int zone) {
        for (int d = 0; d < columns.dimensions; d++) {
            long wanted = 0;
            long smallest = Long.MAX_VALUE;
            for (int item : items) {
                if (zone == NONE || columns.itemZone[item] == zone) {
                    wanted += columns.wants[d][item];
                    smallest = Math.min(smallest, columns.wants[d][item]);
                }
            }
            long there0 = 0;
            for (int host = 0; host < columns.hosts; host++) {
                // What is too small for the smallest of them is no room.
                if (free[d][host] >= smallest && openToAny(host, zone)) {
                    there0 += free[d][host];
                }
            }
            if (wanted > there0) {
                return true;
            }
        }
        return false;
    }

    private boolean openToAny(int host, int zone) {
        if (zone != NONE && columns.zone[host] != zone) {
            return false;
        }
        if (!anyReach) {
            return columns.usable[host] && !failed[host];
        }
        for (int item : items) {
            if ((zone == NONE || columns.itemZone[item] == zone) && columns.open(item, host, failed)) {
                return true;
            }
        }
        return false;
    }

    /** Whether neither its state, nor its zone, nor how many are there, nor the rule of a group forbids it. */
    private boolean allows(int item, int host) {
        if (!columns.open(item, host, failed) || instances[host] >= columns.instancesMax) {
            return false;
        }
        int id = columns.group[item];
        if (id == NONE) {
            return true;
        }
        Group group = columns.groups.get(id);
        int here = there.getOrDefault(id, new int[0])[host];
        return switch (group.policy) {
            case AFFINITY -> placed.getOrDefault(id, 0) == 0 || here > 0;
            case ANTI_AFFINITY -> here < group.maxPerHost;
            case SOFT_AFFINITY, SOFT_ANTI_AFFINITY -> true;
        };
    }

    private boolean place(int at) {
        if (at == items.length) {
            return true;
        }
        if (steps < 0 || wanting()) {
            return false;
        }
        int item = items[at];
        // Of items that are alike the later one goes to the same host or a later one: the other way round is the same
        // placement.
        int least = at > 0 && alikeItems(items[at - 1], item) ? chosen[at - 1] : 0;
        int[] candidates = candidates(item, least);
        for (int c = 0; c < candidates.length; c++) {
            int host = candidates[c];
            if (sameAsBefore(candidates, c)) {
                continue;
            }
            if (--steps < 0) {
                return false;
            }
            take(item, host, 1);
            chosen[at] = host;
            if (place(at + 1)) {
                return true;
            }
            take(item, host, -1);
        }
        return false;
    }

    /** Those with the least memory free first, so that an item fills a host before it breaks into another; then by name. */
    private int[] candidates(int item, int least) {
        long[] keys = new long[columns.hosts];
        int count = 0;
        for (int host = least; host < columns.hosts; host++) {
            if (columns.fits(free, item, host) && allows(item, host)) {
                keys[count++] = free[Columns.MEMORY][host] * columns.hosts + host;
            }
        }
        Arrays.sort(keys, 0, count);
        int[] candidates = new int[count];
        for (int c = 0; c < count; c++) {
            candidates[c] = (int) (keys[c] % columns.hosts);
        }
        return candidates;
    }

    /** Whether what is left to be placed wants more than is left at all. */
    private boolean wanting() {
        for (int d = 0; d < columns.dimensions; d++) {
            long room = 0;
            for (int host = 0; host < columns.hosts; host++) {
                if (free[d][host] > 0 && !failed[host] && columns.alive[host]) {
                    room += free[d][host];
                }
            }
            if (rest[d] > room) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a host that was tried for this item is in nothing different from this one; such hosts come by name, so the first
     * was tried, and the order of items that are alike holds with the two exchanged. Only where nobody is in a group or
     * keeps a reserve, which tell hosts apart.
     */
    private boolean sameAsBefore(int[] candidates, int c) {
        if (anyReach || !there.isEmpty()) {
            return false;
        }
        int host = candidates[c];
        for (int before = c - 1; before >= 0; before--) {
            int other = candidates[before];
            if (free[Columns.MEMORY][other] != free[Columns.MEMORY][host]) {
                return false;
            }
            if (alike(other, host)) {
                return true;
            }
        }
        return false;
    }

    private boolean alikeItems(int one, int other) {
        return columns.group[one] == NONE
                && columns.group[other] == NONE
                && columns.kind[one] == columns.kind[other]
                && columns.roams(one)
                && columns.roams(other);
    }

    private boolean alike(int one, int other) {
        if (columns.zone[one] != columns.zone[other] || instances[one] != instances[other]) {
            return false;
        }
        for (int d = 0; d < columns.dimensions; d++) {
            if (free[d][one] != free[d][other]) {
                return false;
            }
        }
        return true;
    }

    private void take(int item, int host, int sign) {
        for (int d = 0; d < columns.dimensions; d++) {
            free[d][host] -= sign * columns.wants[d][item];
            rest[d] -= sign * columns.wants[d][item];
        }
        instances[host] += sign;
        int id = columns.group[item];
        if (id != NONE) {
            there.getOrDefault(id, new int[0])[host] += sign;
            placed.merge(id, sign, Integer::sum);
        }
    }
}
