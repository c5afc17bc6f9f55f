package io.holdfast.recovery;

import io.holdfast.compute.SayTerms;
import java.time.Duration;

/**
 * What counts for instances whose owners say nothing, and how long one instance may wait for another.
 *
 * @param defaultPriority of an instance whose owner states none, 0 to 1000, default 100; the higher the earlier
 * @param dependencyLimit how long an instance waits for those it depends on, from the moment its case takes it up, 1s to
 *     24h, default 2m; then it is started without them, and the case says so. Too short: it starts before what it
 *     needs; too long: one instance that never comes back, or whose guest never says that it is healthy, keeps all that
 *     depend on it down
 * @param restartLimit further tries on a home that could not start an instance before another home is sought, 0 to 10,
 *     default 0. Each is at a generation of its own, and only after that home has confirmed that it does not run it
 * @param failbackAfter how long a host that failed must have served again without being suspected before instances whose
 *     owners want it go back there, 0s to 168h, default 5m. Too short: they go back to a host that fails again at once; too
 *     long: they stay where they are only for the time being
 * @param failbacksAtOnce instances going back to their old homes at the same moment in a segment, 1 to 100, default 2. Each
 *     stands still for as long as it takes to stop and to start
 * @param sayLimit how long the answer of an instance's consumer is waited for at the longest, whatever its owner wrote, 1s to
 *     10m, default 10m. Too short: no consumer answers in time, and what was said in advance is done instead; too long: an
 *     instance whose consumer is dead stays down for so long
 */
public record InstanceSettings(
        int defaultPriority,
        Duration dependencyLimit,
        int restartLimit,
        Duration failbackAfter,
        int failbacksAtOnce,
        Duration sayLimit) {

    public InstanceSettings {
        within("default-priority", defaultPriority, 0, 1000);
        within("dependency-limit", dependencyLimit, Duration.ofSeconds(1), Duration.ofHours(24));
        within("restart-limit", restartLimit, 0, 10);
        within("failback-after", failbackAfter, Duration.ZERO, Duration.ofDays(7));
        within("failbacks-at-once", failbacksAtOnce, 1, 100);
        within("say-limit", sayLimit, SayTerms.SHORTEST, SayTerms.LONGEST);
    }

    public static InstanceSettings defaults() {
        return new InstanceSettings(100, Duration.ofMinutes(2), 0, Duration.ofMinutes(5), 2, SayTerms.LONGEST);
    }

    private static void within(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "recovery.instances." + key + " must be between " + min + " and " + max + ", is " + value);
        }
    }

    private static void within(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("recovery.instances." + key + " must be between " + min.toSeconds()
                    + "s and " + max.toSeconds() + "s, is " + value.toMillis() + "ms");
        }
    }
}
