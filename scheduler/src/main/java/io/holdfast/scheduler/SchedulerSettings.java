package io.holdfast.scheduler;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
 * @param providerWeightMultiplier weight of what somebody outside has set for a host ({@code holdfast host weight}), -1000 to 1000, default
 *     1.0; a host for which nothing is set has 0
 * @param startCostMultiplier what each start costs that a recovery's plan has given a host already, in points, 0 to 100, default 0.05: a host
 *     starts a few guests at a time, so that who comes later waits. Only those who have lost their home are asked; 0 for no such cost
 * @param buildFailureMultiplier what each new server costs that the host could not start within the last hour and that is still there, in
 *     points, 0 to 1000, default 1.0; ten count at most
 * @param measuredCpuMultiplier weight of the share of its processors that a host's agent found idle of late, -1000 to 1000, default 0, which leaves
 *     it out; a host of which nobody has said it within three minutes counts as half idle
 * @param maxInstancesPerHost how many instances may have their home on one host, 0 to 100000, default 0, which means no limit
 * @param advisories what is made of what somebody outside says of hosts
 * @param policies other sets of multipliers, by a name of 1 to 64 lower-case letters, digits and hyphens; default none. One holds for the
 *     zones that {@code zones} says, for the hosts of aggregates with the metadata {@code scheduler_policy}, and for flavors with the extra
 *     spec {@code holdfast:scheduler_policy}; the flavor's before the aggregate's, and that before the zone's, multiplier by multiplier
 * @param zones by availability zone, the policy that holds there; default none
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
        double providerWeightMultiplier,
        double startCostMultiplier,
        double buildFailureMultiplier,
        double measuredCpuMultiplier,
        int maxInstancesPerHost,
        AdvisorySettings advisories,
        Map<String, PolicySettings> policies,
        Map<String, String> zones) {

    /** The metadata of an aggregate that names the policy of its hosts. */
    public static final String AGGREGATE_POLICY = "scheduler_policy";

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
        requireWithin("scheduler.provider-weight-multiplier", providerWeightMultiplier, -1000, 1000);
        requireWithin("scheduler.start-cost-multiplier", startCostMultiplier, 0, 100);
        requireWithin("scheduler.build-failure-multiplier", buildFailureMultiplier, 0, 1000);
        requireWithin("scheduler.measured-cpu-multiplier", measuredCpuMultiplier, -1000, 1000);
        requireWithin("scheduler.max-instances-per-host", maxInstancesPerHost, 0, 100_000);
        policies = Map.copyOf(policies);
        zones = Map.copyOf(zones);
        Multipliers none = new Multipliers(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        policies.forEach((name, policy) -> {
            String at = "scheduler.policies." + name;
            if (!name.matches(Outside.KIND)) {
                throw new IllegalArgumentException(at + ": a policy's name is 1 to 64 lower-case letters, digits and"
                        + " hyphens, and begins with a letter");
            }
            Multipliers own = policy.over(none);
            requireWithin(at + ".free-memory-multiplier", own.freeMemory(), -1000, 1000);
            requireWithin(at + ".spread-multiplier", own.spread(), -1000, 1000);
            requireWithin(at + ".group-multiplier", own.group(), 0, 1000);
            requireWithin(at + ".free-cpu-multiplier", own.freeCpu(), -1000, 1000);
            requireWithin(at + ".free-disk-multiplier", own.freeDisk(), -1000, 1000);
            requireWithin(at + ".domain-balance-multiplier", own.domainBalance(), -1000, 1000);
            requireWithin(at + ".provider-weight-multiplier", own.providerWeight(), -1000, 1000);
            requireWithin(at + ".start-cost-multiplier", own.startCost(), 0, 100);
            requireWithin(at + ".build-failure-multiplier", own.buildFailure(), 0, 1000);
            requireWithin(at + ".measured-cpu-multiplier", own.measuredCpu(), -1000, 1000);
        });
        for (Map.Entry<String, String> zone : zones.entrySet()) {
            if (!policies.containsKey(zone.getValue())) {
                throw new IllegalArgumentException("scheduler.zones." + zone.getKey() + " names the policy "
                        + zone.getValue() + ", which scheduler.policies does not have");
            }
        }
    }

    /** Where nothing more particular holds. */
    private Multipliers general() {
        return new Multipliers(
                freeMemoryMultiplier,
                spreadMultiplier,
                groupMultiplier,
                freeCpuMultiplier,
                freeDiskMultiplier,
                domainBalanceMultiplier,
                providerWeightMultiplier,
                startCostMultiplier,
                buildFailureMultiplier,
                measuredCpuMultiplier);
    }

    /**
     * What holds on a host. Names that no policy has are as if they were not there: an aggregate may be older than the settings.
     *
     * @param flavor the policy that the request's flavor names, or null
     * @param metadata what the host's aggregates have
     */
    public Multipliers multipliers(@Nullable String flavor, String zone, Map<String, Set<String>> metadata) {
        Multipliers here = over(zones.get(zone), general());
        // Of several aggregates the first by name has the last word.
        List<String> named = metadata.getOrDefault(AGGREGATE_POLICY, Set.of()).stream()
                .sorted((one, other) -> other.compareTo(one))
                .toList();
        for (String name : named) {
            here = over(name, here);
        }
        return over(flavor, here.in(metadata));
    }

    private Multipliers over(@Nullable String policy, Multipliers below) {
        PolicySettings known = policy == null ? null : policies.get(policy);
        return known == null ? below : known.over(below);
    }

    /** Whether measured processors count anywhere by these settings; aggregates may say so, too ({@link Multipliers#MEASURED_CPU}). */
    public boolean weighsMeasuredCpu() {
        Multipliers general = general();
        return general.measuredCpu() != 0
                || policies.values().stream()
                        .anyMatch(policy -> policy.over(general).measuredCpu() != 0);
    }

    /** Whether there is such a policy. */
    public boolean hasPolicy(@Nullable String name) {
        return name != null && policies.containsKey(name);
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
                1.0,
                0.05,
                1.0,
                0,
                0,
                AdvisorySettings.defaults(),
                Map.of(),
                Map.of());
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
