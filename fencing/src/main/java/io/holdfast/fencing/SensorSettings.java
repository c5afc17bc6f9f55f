package io.holdfast.fencing;

import java.time.Duration;

/**
 * How the hardware of hosts is looked after, through fence devices that tell of it.
 *
 * @param interval between two looks at a host's sensors, 10 s to 1 day, or 0 for none; default 1 min. Too short: a controller
 *     with few sessions is often busy; too long: new instances are placed where a fan has failed
 */
public record SensorSettings(Duration interval) {

    public SensorSettings {
        if (!interval.isZero()
                && (interval.compareTo(Duration.ofSeconds(10)) < 0 || interval.compareTo(Duration.ofDays(1)) > 0)) {
            throw new IllegalArgumentException(
                    "fencing.sensors.interval must be 0 or between 10 s and 1 day, is " + interval.toMillis() + " ms");
        }
    }

    public static SensorSettings defaults() {
        return new SensorSettings(Duration.ofMinutes(1));
    }
}
