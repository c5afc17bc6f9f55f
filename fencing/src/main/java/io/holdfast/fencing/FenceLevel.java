package io.holdfast.fencing;

import io.holdfast.fencing.core.FenceLadder;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One level of a host's fencing. It isolates the host when all of its devices say so, and not before.
 *
 * @param devices one or more; a host with two supplies has an outlet for each in the same level
 * @param attempts how often the level is tried before the next one is, 1 or more
 * @param delay waited before each attempt
 * @param deadline for one attempt, all devices together; null for an equal share of what the other levels leave
 */
public record FenceLevel(
        List<FenceDevice> devices,
        int attempts,
        Duration delay,
        @Nullable Duration deadline) {

    public FenceLevel {
        devices = List.copyOf(devices);
    }

    /** One attempt at once, with its share of the time. */
    public static FenceLevel of(FenceDevice... devices) {
        return new FenceLevel(List.of(devices), 1, Duration.ZERO, null);
    }

    /** As the rules see it. */
    FenceLadder.Level rules() {
        return new FenceLadder.Level(devices.stream().map(FenceDevice::name).toList(), attempts, delay, deadline);
    }

    /** For people: the devices, and what has to become of them. */
    String said() {
        String names = devices.stream().map(FenceDevice::name).collect(Collectors.joining(" and "));
        String often = attempts == 1 ? "" : ", " + attempts + " times";
        String after = delay.isZero() ? "" : ", after " + FencingSettings.text(delay);
        String within = deadline == null ? "" : ", at most " + FencingSettings.text(deadline);
        String means = devices.stream().map(FenceDevice::means).distinct().collect(Collectors.joining("; and "));
        return names + ": " + means + (devices.size() == 1 ? "" : "; all of them must prove") + often + after + within;
    }
}
