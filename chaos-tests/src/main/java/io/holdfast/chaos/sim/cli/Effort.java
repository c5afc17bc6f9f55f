package io.holdfast.chaos.sim.cli;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * What a run has cost.
 *
 * @param wallSeconds that passed
 * @param cpuSeconds that all threads of the process used, the JVM's compiler and collector among them: on a machine
 *     that others use too, the only measure of the two that says something
 */
record Effort(double wallSeconds, double cpuSeconds) {

    /** When a run began. */
    static final class Since {
        private final long wallNanos = System.nanoTime();
        private final long cpuNanos = processNanos();

        Effort now() {
            return new Effort((System.nanoTime() - wallNanos) / 1e9, (processNanos() - cpuNanos) / 1e9);
        }
    }

    private static long processNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
