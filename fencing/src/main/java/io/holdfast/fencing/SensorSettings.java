package io.holdfast.fencing;

import java.time.Duration;

/**
 * How the hardware of hosts is looked after, through fence devices that tell of it.
 *
 * @param interval between two looks at a host's sensors, 10 s to 1 day, or 0 for none; default 1 min. Too short: a controller
 *     with few sessions is often busy; too long: new instances are placed where a fan has failed
 * @param deadline for one look through one device, 1 s to 2 min, default 20 s; not longer than {@code interval}. Too short: a slow
 *     device with many sensors is never read to the end; too long: one that hangs holds up the others
 */
public record SensorSettings(Duration interval, Duration deadline) {

    public SensorSettings {
        if (!interval.isZero()) {
            require("interval", interval, Duration.ofSeconds(10), Duration.ofDays(1));
        }
        require("deadline", deadline, Duration.ofSeconds(1), Duration.ofMinutes(2));
        if (!interval.isZero() && deadline.compareTo(interval) > 0) {
            throw new IllegalArgumentException("fencing.sensors.deadline (" + deadline.toMillis()
                    + " ms) must not be longer than fencing.sensors.interval (" + interval.toMillis() + " ms)");
        }
    }

    private static void require(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("fencing.sensors." + key + " must be between " + min.toMillis()
                    + " ms and " + max.toMillis() + " ms, is " + value.toMillis() + " ms");
        }
    }

    public static SensorSettings defaults() {
        return new SensorSettings(Duration.ofMinutes(1), Duration.ofSeconds(20));
    }
}
