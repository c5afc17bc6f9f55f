package io.holdfast.scheduler.capacity;

import static io.holdfast.scheduler.capacity.Columns.NONE;

import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.capacity.Greedy.Change;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What would make the planner find homes for all. Each remedy is tried on the plan before it is named, so none is named that does
 * not help. Smallest means: less memory first, then fewer processors, then less disk.
 *
 * <p>With more room somewhere a plan may also get worse for somebody else, since the planner then chooses otherwise; what is named
 * was seen to work, and of smaller amounts only those were tried that halving comes to.
 */
final class Remedies {

    private static final int REORDERED_MAX = 64;
    private static final int PRIORITY_MAX = 1000;

    private final Columns columns;
    private final Greedy greedy;
    private final int[] items;
    private final boolean[] failed;
    private final boolean unplayed;
    private final Function<List<ProtectedInstance>, List<Details.Left>> planned;

    /**
     * @param unplayed whether the plan has what the greedy plan on columns does not know: reserved hosts, rules between instances
     * @param planned who of those that are given to it would be left by the planner itself
     */
    Remedies(
            Columns columns,
            Greedy greedy,
            int[] items,
            boolean[] failed,
            boolean unplayed,
            Function<List<ProtectedInstance>, List<Details.Left>> planned) {
        this.columns = columns;
        this.greedy = greedy;
        this.items = items;
        this.failed = failed;
        this.unplayed = unplayed;
        this.planned = planned;
    }

    List<Remedy> of(List<ProtectedInstance> moving, List<Details.Left> left) {
        List<Remedy> remedies = new ArrayList<>();
        Set<Object> names = left.stream().map(Details.Left::instance).collect(Collectors.toCollection(HashSet::new));
        int[] without = java.util.stream.IntStream.range(0, items.length)
                .filter(i -> names.contains(moving.get(i).id()))
                .toArray();
        if (!unplayed) {
            long[] most = sum(Arrays.stream(without).map(i -> items[i]).toArray());
            add(remedies, reordered(moving, without));
            add(remedies, free(most));
            add(remedies, host(without, most));
        }
        Set<Integer> given = new LinkedHashSet<>();
        Arrays.stream(without).forEach(given::add);
        if (unplayed) {
            giveUpAsPlanned(given, moving);
        } else {
            giveUp(given);
        }
        remedies.add(new Remedy.Unprotect(
                given.stream().map(i -> moving.get(i).id()).toList(),
                given.stream().map(i -> moving.get(i).name()).toList()));
        return remedies;
    }

    /** The same where the planner alone knows who is left: a group may choose otherwise without one of them, and another may then be. */
    private void giveUpAsPlanned(Set<Integer> given, List<ProtectedInstance> moving) {
        while (true) {
            List<ProtectedInstance> others = new ArrayList<>();
            Map<InstanceId, Integer> ranks = new HashMap<>();
            for (int i = 0; i < moving.size(); i++) {
                if (!given.contains(i)) {
                    others.add(moving.get(i));
                    ranks.put(moving.get(i).id(), i);
                }
            }
            List<Details.Left> left = planned.apply(others);
            if (left.isEmpty()) {
                return;
            }
            left.forEach(one -> given.add(Objects.requireNonNull(ranks.get(one.instance()))));
        }
    }

    /** Without those who are left the others mostly go where they went; a group that had waited for one of them may not. */
    private void giveUp(Set<Integer> given) {
        while (true) {
            int[] ranks = java.util.stream.IntStream.range(0, items.length)
                    .filter(i -> !given.contains(i))
                    .toArray();
            if (greedy.left(Arrays.stream(ranks).map(i -> items[i]).toArray(), failed) == 0) {
                return;
            }
            int[] chosen = greedy.chosen(ranks.length);
            for (int r = 0; r < ranks.length; r++) {
                if (chosen[r] == NONE) {
                    given.add(ranks[r]);
                }
            }
        }
    }

    private static void add(List<Remedy> remedies, @Nullable Remedy remedy) {
        if (remedy != null) {
            remedies.add(remedy);
        }
    }

    private boolean helps(int host, long[] more, int zone) {
        return greedy.left(items, failed, Change.of(host, more, zone)) == 0;
    }

    /** One priority that makes the difference, where there is room for all and only the order stands in the way. */
    private @Nullable Remedy reordered(List<ProtectedInstance> moving, int[] without) {
        int highest =
                moving.stream().mapToInt(ProtectedInstance::priority).max().orElse(PRIORITY_MAX);
        int lowest = moving.stream().mapToInt(ProtectedInstance::priority).min().orElse(0);
        for (int t = 0; t < Math.min(REORDERED_MAX, without.length) && highest < PRIORITY_MAX; t++) {
            int i = without[t];
            if (greedy.left(moved(i, 0), failed) == 0) {
                ProtectedInstance one = moving.get(i);
                return new Remedy.RaisePriority(one.id(), one.name(), highest + 1);
            }
        }
        for (int i = 0; i < Math.min(REORDERED_MAX, items.length) && lowest > 0; i++) {
            if (greedy.left(moved(i, items.length - 1), failed) == 0) {
                ProtectedInstance one = moving.get(i);
                return new Remedy.LowerPriority(one.id(), one.name(), lowest - 1);
            }
        }
        return null;
    }

    private int[] moved(int from, int to) {
        int[] order = items.clone();
        int item = order[from];
        if (from < to) {
            System.arraycopy(items, from + 1, order, from, to - from);
        } else {
            System.arraycopy(items, to, order, to + 1, from - to);
        }
        order[to] = item;
        return order;
    }

    private @Nullable Remedy free(long[] most) {
        long[] best = null;
        int where = NONE;
        for (int host = 0; host < columns.hosts; host++) {
            if (failed[host] || !columns.usable[host]) {
                continue;
            }
            long[] more = used(host, most);
            if (best != null) {
                more[Columns.MEMORY] = Math.min(more[Columns.MEMORY], best[Columns.MEMORY]);
            }
            if (!helps(host, more, NONE)) {
                continue;
            }
            long[] least = shrunk(host, more, NONE);
            if (best == null || isSmaller(least, best)) {
                best = least;
                where = host;
            }
        }
        return best == null
                ? null
                : new Remedy.Free(columns.snapshot.hosts().get(where).host(), resources(best));
    }

    /** At most what is used there: more cannot be freed. */
    private long[] used(int host, long[] most) {
        HostSnapshot snapshot = columns.snapshot.hosts().get(host);
        Resources used = snapshot.used();
        long[] more = new long[columns.dimensions];
        more[Columns.CPU] = Math.min(most[Columns.CPU], used.vcpus());
        more[Columns.MEMORY] = Math.min(most[Columns.MEMORY], used.memoryMib());
        if (columns.dimensions > Columns.DISK) {
            more[Columns.DISK] = Math.min(most[Columns.DISK], used.diskGib());
        }
        return more;
    }

    private @Nullable Remedy host(int[] without, long[] most) {
        int zone = NONE;
        String name = null;
        for (int i : without) {
            int item = items[i];
            if (columns.itemZone[item] != NONE) {
                zone = columns.itemZone[item];
                name = columns.snapshot.instances().get(item).zone();
                break;
            }
        }
        long[] room = helps(columns.spare(), most, zone) ? most : sum(items);
        if (!helps(columns.spare(), room, zone)) {
            return null;
        }
        long[] size = sized(shrunk(columns.spare(), room, zone));
        // Overcommit does not divide evenly, so a real host has a bit more room; seldom, that leads the planner astray.
        return helps(columns.spare(), roomOf(size), zone) ? new Remedy.AddHost(resources(size), name) : null;
    }

    private long[] sized(long[] room) {
        long[] size = room.clone();
        Arrays.setAll(size, d -> columns.sizeFor(d, room[d]));
        return size;
    }

    private long[] roomOf(long[] size) {
        long[] room = size.clone();
        Arrays.setAll(room, d -> columns.roomOf(d, size[d]));
        return room;
    }

    /** The least that still helps, one resource after the other; what it begins with helps. */
    private long[] shrunk(int host, long[] from, int zone) {
        long[] least = from.clone();
        for (int d : new int[] {Columns.MEMORY, Columns.CPU, Columns.DISK}) {
            if (d >= columns.dimensions) {
                continue;
            }
            long low = -1;
            long high = least[d];
            while (high - low > 1) {
                long middle = low + (high - low) / 2;
                least[d] = middle;
                if (helps(host, least, zone)) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            least[d] = high;
        }
        return least;
    }

    private static boolean isSmaller(long[] one, long[] other) {
        int byMemory = Long.compare(one[Columns.MEMORY], other[Columns.MEMORY]);
        if (byMemory != 0) {
            return byMemory < 0;
        }
        int byCpu = Long.compare(one[Columns.CPU], other[Columns.CPU]);
        return byCpu != 0 ? byCpu < 0 : one.length > Columns.DISK && one[Columns.DISK] < other[Columns.DISK];
    }

    private long[] sum(int[] of) {
        long[] sum = new long[columns.dimensions];
        for (int item : of) {
            for (int d = 0; d < columns.dimensions; d++) {
                sum[d] += columns.wants[d][item];
            }
        }
        return sum;
    }

    private Resources resources(long[] amounts) {
        return new Resources(
                narrow(amounts[Columns.CPU]),
                narrow(amounts[Columns.MEMORY]),
                columns.dimensions > Columns.DISK ? narrow(amounts[Columns.DISK]) : 0);
    }

    private static int narrow(long amount) {
        return (int) Math.min(Integer.MAX_VALUE, amount);
    }
}
