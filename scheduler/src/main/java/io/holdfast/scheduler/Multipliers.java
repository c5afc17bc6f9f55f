package io.holdfast.scheduler;

import java.util.Map;
import java.util.Set;

/**
 * What the value of each weigher is multiplied with on one host; each as the setting of its name.
 *
 * <p>An aggregate may have its own, under the keys that Nova has for the same weighers, and under ours for those that Nova has not. Of a host
 * in several such aggregates the smallest counts, as there. What is no number is as if it were not there.
 */
public record Multipliers(
        double freeMemory,
        double spread,
        double group,
        double freeCpu,
        double freeDisk,
        double domainBalance,
        double providerWeight,
        double startCost,
        double buildFailure,
        double measuredCpu) {

    private static final String FREE_MEMORY = "ram_weight_multiplier";
    private static final String FREE_CPU = "cpu_weight_multiplier";
    private static final String FREE_DISK = "disk_weight_multiplier";
    private static final String SPREAD = "spread_weight_multiplier";
    private static final String GROUP = "group_weight_multiplier";
    private static final String DOMAIN_BALANCE = "domain_balance_weight_multiplier";
    private static final String BUILD_FAILURE = "build_failure_weight_multiplier";
    private static final String START_COST = "start_cost_weight_multiplier";
    /** The key of aggregates that says how much measured processors count on their hosts. */
    public static final String MEASURED_CPU = "measured_cpu_weight_multiplier";

    private static final String PROVIDER_WEIGHT = "provider_weight_multiplier";

    static final double MAX = 1000;

    /** Those of a host in aggregates of this metadata, where nothing more particular is said these. */
    Multipliers in(Map<String, Set<String>> metadata) {
        if (metadata.isEmpty()) {
            return this;
        }
        Multipliers own = new Multipliers(
                of(metadata, FREE_MEMORY, -MAX, freeMemory),
                of(metadata, SPREAD, -MAX, spread),
                // A soft rule turned around would break what its owner asked for.
                of(metadata, GROUP, 0, group),
                of(metadata, FREE_CPU, -MAX, freeCpu),
                of(metadata, FREE_DISK, -MAX, freeDisk),
                of(metadata, DOMAIN_BALANCE, -MAX, domainBalance),
                of(metadata, PROVIDER_WEIGHT, -MAX, providerWeight),
                of(metadata, START_COST, 0, startCost),
                of(metadata, BUILD_FAILURE, 0, buildFailure),
                of(metadata, MEASURED_CPU, -MAX, measuredCpu));
        return own.equals(this) ? this : own;
    }

    private static double of(Map<String, Set<String>> metadata, String key, double min, double otherwise) {
        Set<String> values = metadata.get(key);
        if (values == null) {
            return otherwise;
        }
        double least = Double.POSITIVE_INFINITY;
        for (String value : values) {
            double number = SpecRule.number(value);
            if (number >= min && number <= MAX) {
                least = Math.min(least, number);
            }
        }
        return least == Double.POSITIVE_INFINITY ? otherwise : least;
    }

    /** Whether what is promised on other hosts makes this one more or less welcome. */
    public boolean balances() {
        return domainBalance != 0;
    }

    /** Whether nothing counts but memory, the number of instances, and what is said from outside. */
    public boolean isPlain() {
        return freeCpu == 0 && freeDisk == 0 && domainBalance == 0 && measuredCpu == 0;
    }
}
