package io.holdfast.compute;

import io.holdfast.model.RecoveryPolicy;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The controller's settings for instances and agents.
 *
 * @param sharedStorage where this controller sees the storage that all hosts share; images are looked up in its
 *     {@code images} directory. Default {@code /srv/shared}
 * @param defaultPolicy what happens to an instance that says nothing, nor its flavor, nor its image; default none
 * @param vcpuRatio how many virtual processors may be promised per real one, 0.1 to 64; default 4. Too small wastes
 *     hosts, too large makes guests wait for each other
 * @param memoryRatio how much memory may be promised per MiB there is, 0.1 to 4; default 1. Above 1, guests can be
 *     killed by the host's kernel when it runs out
 * @param applyDeadline how long one order to an agent may take, 1 s to 5 min; default 20 s. Too short reports slow
 *     starts as no answer, and asks again; too long keeps a dead connection waiting
 * @param adoptDeadline the same for telling a host what it owns; default 30 s
 * @param deliveryInterval how often goals that have not arrived are told again, 100 ms to 1 min; default 2 s
 */
public record ComputeSettings(
        Path sharedStorage,
        RecoveryPolicy defaultPolicy,
        double vcpuRatio,
        double memoryRatio,
        Duration applyDeadline,
        Duration adoptDeadline,
        Duration deliveryInterval) {

    public ComputeSettings {
        range("compute.vcpu-ratio", vcpuRatio, 0.1, 64);
        range("compute.memory-ratio", memoryRatio, 0.1, 4);
        range("compute.apply-deadline", applyDeadline, Duration.ofSeconds(1), Duration.ofMinutes(5));
        range("compute.adopt-deadline", adoptDeadline, Duration.ofSeconds(1), Duration.ofMinutes(5));
        range("compute.delivery-interval", deliveryInterval, Duration.ofMillis(100), Duration.ofMinutes(1));
    }

    public static ComputeSettings defaults() {
        return new ComputeSettings(
                Path.of("/srv/shared"),
                RecoveryPolicy.NONE,
                4.0,
                1.0,
                Duration.ofSeconds(20),
                Duration.ofSeconds(30),
                Duration.ofSeconds(2));
    }

    /** The same settings for storage that is somewhere else. */
    public ComputeSettings at(Path storage) {
        return new ComputeSettings(
                storage, defaultPolicy, vcpuRatio, memoryRatio, applyDeadline, adoptDeadline, deliveryInterval);
    }

    private static void range(String key, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(key + " must be between " + min + " and " + max + ", is " + value);
        }
    }

    private static void range(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(key + " must be between " + min.toMillis() + "ms and " + max.toMillis()
                    + "ms, is " + value.toMillis() + "ms");
        }
    }
}
