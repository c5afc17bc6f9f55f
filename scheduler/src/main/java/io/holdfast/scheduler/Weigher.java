package io.holdfast.scheduler;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How welcome a host is: the points of each weigher, and their sum. The same terms in the same order always, so that equals are equal. What each
 * is multiplied with is said anew for each host and request: it may be another by zone, aggregate and flavor.
 */
final class Weigher {

    private static final String FREE_MEMORY = "free-memory";
    private static final String SPREAD = "spread";
    private static final String FREE_CPU = "free-cpu";
    private static final String FREE_DISK = "free-disk";
    private static final String DOMAIN_BALANCE = "domain-balance";
    private static final String GROUP = "group";
    private static final String ADVISORIES = "advisories";
    private static final String BUILD_FAILURES = "build-failures";
    private static final String START_COST = "start-cost";
    private static final String PROVIDER_WEIGHT = "provider-weight";
    private static final String MEASURED_CPU = "measured-cpu";

    private Weigher() {}

    /**
     * All points where nothing else counts.
     *
     * @param free what would be left
     * @param advisories points for what is said from outside
     * @param weight that somebody outside has set
     * @param failures new servers that the host could not start of late
     * @param starts that the plan has given the host already, of those whose starts count
     */
    static double sum(
            Multipliers by,
            long free,
            long limit,
            long instances,
            double advisories,
            double weight,
            int failures,
            long starts) {
        return by.freeMemory() * share(free, limit)
                + by.spread() / (1.0 + instances)
                + advisories
                + by.providerWeight() * weight
                - by.buildFailure() * failures
                - by.startCost() * starts;
    }

    static double sum(Multipliers by, Room room, Balance balance, Asking asking) {
        PlacementRequest request = asking.request();
        return sum(
                        by,
                        room.memoryMibFree() - request.wants().memoryMib(),
                        room.memoryMibLimit(),
                        room.instances(),
                        room.advisoryPoints(),
                        room.weight(),
                        room.buildFailures(),
                        starts(room, request))
                + freeCpuPoints(by, room, request)
                + freeDiskPoints(by, room, request)
                + by.measuredCpu() * room.idleShare()
                + balancePoints(by, room, balance, request)
                + groupPoints(by, room, asking.group());
    }

    /** By weigher; those that are switched off are left out. */
    static Map<String, Double> points(Multipliers by, Room room, Balance balance, Asking asking) {
        PlacementRequest request = asking.request();
        Map<String, Double> points = new LinkedHashMap<>();
        points.put(
                FREE_MEMORY,
                by.freeMemory() * share(room.memoryMibFree() - request.wants().memoryMib(), room.memoryMibLimit()));
        points.put(SPREAD, by.spread() / (1.0 + room.instances()));
        if (room.advisoryPoints() != 0) {
            points.put(ADVISORIES, room.advisoryPoints());
        }
        if (room.weight() != 0) {
            points.put(PROVIDER_WEIGHT, by.providerWeight() * room.weight());
        }
        if (by.buildFailure() * room.buildFailures() != 0) {
            points.put(BUILD_FAILURES, -by.buildFailure() * room.buildFailures());
        }
        if (by.startCost() * starts(room, request) != 0) {
            points.put(START_COST, -by.startCost() * starts(room, request));
        }
        if (by.freeCpu() != 0) {
            points.put(FREE_CPU, freeCpuPoints(by, room, request));
        }
        if (by.freeDisk() != 0) {
            points.put(FREE_DISK, freeDiskPoints(by, room, request));
        }
        if (by.measuredCpu() != 0) {
            points.put(MEASURED_CPU, by.measuredCpu() * room.idleShare());
        }
        if (by.domainBalance() != 0) {
            points.put(DOMAIN_BALANCE, balancePoints(by, room, balance, request));
        }
        if (asking.group() != null) {
            points.put(GROUP, groupPoints(by, room, asking.group()));
        }
        return Collections.unmodifiableMap(points);
    }

    /** Of those who have lost their home: of all others nobody waits for the start. */
    private static long starts(Room room, PlacementRequest request) {
        return request.recovers() ? room.promised() : 0;
    }

    private static double freeCpuPoints(Multipliers by, Room room, PlacementRequest request) {
        return by.freeCpu() * share(room.vcpusFree() - request.wants().vcpus(), room.vcpusLimit());
    }

    private static double freeDiskPoints(Multipliers by, Room room, PlacementRequest request) {
        return by.freeDisk() * share(room.diskGibFree() - request.wants().diskGib(), room.diskGibLimit());
    }

    private static double balancePoints(Multipliers by, Room room, Balance balance, PlacementRequest request) {
        return by.domainBalance() == 0 ? 0 : by.domainBalance() * balance.share(room, request);
    }

    private static double groupPoints(Multipliers by, Room room, @Nullable Companions group) {
        return group == null ? 0 : by.group() * group.preference(room);
    }

    /** 0 where there is nothing to share out, as of a disk that does not limit. */
    private static double share(long free, long limit) {
        return limit == 0 ? 0 : (double) free / limit;
    }
}
