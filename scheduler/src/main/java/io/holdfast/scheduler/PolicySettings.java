package io.holdfast.scheduler;

import org.jspecify.annotations.Nullable;

/**
 * Another set of multipliers, beside the general one. What it leaves out is as it is there.
 *
 * @param freeMemoryMultiplier as {@link SchedulerSettings#freeMemoryMultiplier}
 * @param spreadMultiplier as {@link SchedulerSettings#spreadMultiplier}
 * @param groupMultiplier as {@link SchedulerSettings#groupMultiplier}
 * @param freeCpuMultiplier as {@link SchedulerSettings#freeCpuMultiplier}
 * @param freeDiskMultiplier as {@link SchedulerSettings#freeDiskMultiplier}
 * @param domainBalanceMultiplier as {@link SchedulerSettings#domainBalanceMultiplier}
 * @param providerWeightMultiplier as {@link SchedulerSettings#providerWeightMultiplier}
 * @param startCostMultiplier as {@link SchedulerSettings#startCostMultiplier}
 * @param buildFailureMultiplier as {@link SchedulerSettings#buildFailureMultiplier}
 * @param measuredCpuMultiplier as {@link SchedulerSettings#measuredCpuMultiplier}
 */
public record PolicySettings(
        @Nullable Double freeMemoryMultiplier,
        @Nullable Double spreadMultiplier,
        @Nullable Double groupMultiplier,
        @Nullable Double freeCpuMultiplier,
        @Nullable Double freeDiskMultiplier,
        @Nullable Double domainBalanceMultiplier,
        @Nullable Double providerWeightMultiplier,
        @Nullable Double startCostMultiplier,
        @Nullable Double buildFailureMultiplier,
        @Nullable Double measuredCpuMultiplier) {

    /** One that says nothing. */
    public static PolicySettings defaults() {
        return new PolicySettings(null, null, null, null, null, null, null, null, null, null);
    }

    Multipliers over(Multipliers general) {
        return new Multipliers(
                or(freeMemoryMultiplier, general.freeMemory()),
                or(spreadMultiplier, general.spread()),
                or(groupMultiplier, general.group()),
                or(freeCpuMultiplier, general.freeCpu()),
                or(freeDiskMultiplier, general.freeDisk()),
                or(domainBalanceMultiplier, general.domainBalance()),
                or(providerWeightMultiplier, general.providerWeight()),
                or(startCostMultiplier, general.startCost()),
                or(buildFailureMultiplier, general.buildFailure()),
                or(measuredCpuMultiplier, general.measuredCpu()));
    }

    private static double or(@Nullable Double own, double general) {
        return own == null ? general : own;
    }
}
