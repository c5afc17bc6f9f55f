package io.holdfast.scheduler;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How welcome a host is: the points of each weigher, and their sum. The same terms in the same order always, so that equals are equal. */
final class Weigher {

    private static final String FREE_MEMORY = "free-memory";
    private static final String SPREAD = "spread";
    private static final String FREE_CPU = "free-cpu";
    private static final String FREE_DISK = "free-disk";
    private static final String DOMAIN_BALANCE = "domain-balance";
    private static final String GROUP = "group";

    private final SchedulerSettings settings;
    private final double freeMemory;
    private final double spread;

    Weigher(SchedulerSettings settings) {
        this.settings = settings;
        this.freeMemory = settings.freeMemoryMultiplier();
        this.spread = settings.spreadMultiplier();
    }

    /** Whether more counts than memory and the number of instances. */
    boolean looksBeyondColumns(Asking asking) {
        return (asking.group() != null && asking.group().prefers())
                || settings.freeCpuMultiplier() != 0
                || settings.freeDiskMultiplier() != 0
                || settings.domainBalanceMultiplier() != 0;
    }

    /** All points where nothing else counts. {@code free} is what would be left. */
    double sum(long free, long limit, long instances) {
        return freeMemory * share(free, limit) + spread / (1.0 + instances);
    }

    double sum(Room room, Balance balance, Asking asking) {
        PlacementRequest request = asking.request();
        return sum(room.memoryMibFree() - request.wants().memoryMib(), room.memoryMibLimit(), room.instances())
                + freeCpuPoints(room, request)
                + freeDiskPoints(room, request)
                + balancePoints(room, balance, request)
                + groupPoints(room, asking.group());
    }

    /** By weigher; those that are switched off are left out. */
    Map<String, Double> points(Room room, Balance balance, Asking asking) {
        PlacementRequest request = asking.request();
        Map<String, Double> points = new LinkedHashMap<>();
        points.put(
                FREE_MEMORY,
                freeMemory * share(room.memoryMibFree() - request.wants().memoryMib(), room.memoryMibLimit()));
        points.put(SPREAD, spread / (1.0 + room.instances()));
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

    /** 0 where there is nothing to share out, as of a disk that does not limit. */
    private static double share(long free, long limit) {
        return limit == 0 ? 0 : (double) free / limit;
    }
}
