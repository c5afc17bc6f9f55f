package io.holdfast.scheduler;

/**
 * How much may be promised, and what makes one host better than another.
 *
 * @param vcpuOvercommit virtual processors promised per virtual processor of capacity, 0.1 to 100, default 4.0. Nova's
 *     default is 16.0, which suits guests that idle; after an evacuation the survivors are busier than before, so ours
 *     leaves them air. Too small: instances of a failed host find no home; too large: all of them crawl
 * @param memoryOvercommit memory promised per memory of capacity, 0.1 to 10, default 1.0. Above 1.0 the host may
 *     swap or kill a guest, at the very moment when it takes over somebody else's
 * @param diskOvercommit disk promised per disk of capacity, 0 to 100, default 0, which means: disk does not limit,
 *     because instances live on shared storage. Set it only where instances use the hosts' own disks
 * @param freeMemoryMultiplier weight of the share of memory that would stay free, -1000 to 1000, default 1.0;
 *     negative fills one host before it takes the next
 * @param spreadMultiplier weight of having few instances, -1000 to 1000, default 0.5; larger limits how many instances
 *     the next failure takes down, at the price of a less even use of memory
 * @param groupMultiplier weight of each member of a server group that is there already (soft-affinity) or not there
 *     (soft-anti-affinity), 0 to 1000, default 10.0. Large enough and the group's wish goes before room and spread; 0
 *     ignores soft rules. Strict rules are no matter of weight
 * @param freeCpuMultiplier weight of the share of processors that would stay free, -1000 to 1000, default 0, which leaves them
 *     out
 * @param freeDiskMultiplier weight of the share of disk that would stay free, -1000 to 1000, default 0; counts only where
 *     {@code diskOvercommit} is set
 * @param domainBalanceMultiplier weight of the share of memory that would stay free in the host's failure domains, -1000 to
 *     1000, default 0; positive fills racks evenly. With it a survey of what could be survived plans each failure in full,
 *     and so plans fewer
 * @param maxInstancesPerHost how many instances may have their home on one host, 0 to 100000, default 0, which means no limit
 */
public record SchedulerSettings(
        double vcpuOvercommit,
        double memoryOvercommit,
        double diskOvercommit,
        double freeMemoryMultiplier,
        double spreadMultiplier,
        double groupMultiplier,
        double freeCpuMultiplier,
        double freeDiskMultiplier,
        double domainBalanceMultiplier,
        int maxInstancesPerHost) {

    public SchedulerSettings {
        requireWithin("scheduler.vcpu-overcommit", vcpuOvercommit, 0.1, 100);
        requireWithin("scheduler.memory-overcommit", memoryOvercommit, 0.1, 10);
        requireWithin("scheduler.disk-overcommit", diskOvercommit, 0, 100);
        requireWithin("scheduler.free-memory-multiplier", freeMemoryMultiplier, -1000, 1000);
        requireWithin("scheduler.spread-multiplier", spreadMultiplier, -1000, 1000);
        requireWithin("scheduler.group-multiplier", groupMultiplier, 0, 1000);
        requireWithin("scheduler.free-cpu-multiplier", freeCpuMultiplier, -1000, 1000);
        requireWithin("scheduler.free-disk-multiplier", freeDiskMultiplier, -1000, 1000);
        requireWithin("scheduler.domain-balance-multiplier", domainBalanceMultiplier, -1000, 1000);
        requireWithin("scheduler.max-instances-per-host", maxInstancesPerHost, 0, 100_000);
    }

    /** Without those weighers and limits that are off by default. */
    public SchedulerSettings(
            double vcpuOvercommit,
            double memoryOvercommit,
            double diskOvercommit,
            double freeMemoryMultiplier,
            double spreadMultiplier,
            double groupMultiplier) {
        this(
                vcpuOvercommit,
                memoryOvercommit,
                diskOvercommit,
                freeMemoryMultiplier,
                spreadMultiplier,
                groupMultiplier,
                0,
                0,
                0,
                0);
    }

    public static SchedulerSettings defaults() {
        return new SchedulerSettings(4.0, 1.0, 0, 1.0, 0.5, 10.0);
    }

    private static void requireWithin(String key, double value, double min, double max) {
        // Written so that "not a number" is refused too: every comparison with it is false.
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(key + " must be between " + min + " and " + max + ", is " + value);
        }
    }
}
