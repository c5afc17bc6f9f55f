package io.holdfast.scheduler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How full each failure domain is while a plan is made, by the memory of those of its hosts that take instances. Like
 * {@link Room}, lives for one call.
 */
final class Balance {

    /** For those whom it does not interest. */
    static final Balance NONE = new Balance(List.of());

    private final Map<Map.Entry<String, String>, long[]> domains = new HashMap<>();

    Balance(List<Room> rooms) {
        for (Room room : rooms) {
            if (!takes(room)) {
                continue;
            }
            room.snapshot().domains().names().entrySet().forEach(domain -> {
                long[] sums =
                        domains.computeIfAbsent(Map.entry(domain.getKey(), domain.getValue()), one -> new long[2]);
                sums[0] += room.memoryMibFree();
                sums[1] += room.memoryMibLimit();
            });
        }
    }

    /**
     * The share of memory still free in the host's domains once the instance runs there, 0 to 1; the mean of its kinds of
     * domain. A host that declares none is a domain of its own.
     */
    double share(Room room, PlacementRequest request) {
        Map<String, String> names = room.snapshot().domains().names();
        long wants = request.wants().memoryMib();
        if (names.isEmpty()) {
            return share(room.memoryMibFree() - wants, room.memoryMibLimit());
        }
        double sum = 0;
        for (Map.Entry<String, String> domain : names.entrySet()) {
            long[] sums = domains.getOrDefault(Map.entry(domain.getKey(), domain.getValue()), new long[2]);
            sum += share(sums[0] - wants, sums[1]);
        }
        return sum / names.size();
    }

    void taken(Room room, PlacementRequest request) {
        room.snapshot().domains().names().forEach((kind, name) -> {
            long[] sums = domains.get(Map.entry(kind, name));
            if (sums != null && takes(room)) {
                sums[0] -= request.wants().memoryMib();
            }
        });
    }

    private static boolean takes(Room room) {
        return room.snapshot().alive() && room.snapshot().enabled();
    }

    private static double share(long free, long limit) {
        return limit == 0 ? 0 : (double) free / limit;
    }
}
