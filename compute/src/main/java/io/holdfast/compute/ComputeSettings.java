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
 * @param applyDeadline how long one order to an agent may take, 1 s to 5 min; default 20 s. Too short reports slow
 *     starts as no answer, and asks again; too long keeps a dead connection waiting
 * @param adoptDeadline the same for telling a host what it owns; default 30 s
 * @param deliveryInterval how often goals that have not arrived are told again, 100 ms to 1 min; default 2 s
 * @param withdrawnFor so long a case alone may take over an instance that it withdrew from its home, 1 s to 24 h; default
 *     2 min; after that whoever finds room places it. Not shorter than {@code recovery.replan-interval}. Too short: an
 *     instance is placed without regard to those that its case still plans; too long: one whose case was closed stands still
 * @param configDrive which instances find a drive with their metadata, key and user data: {@code asked} those whose owner asks for one,
 *     {@code needed} also those with a key pair or user data, {@code always} all; default needed. Without one a guest learns neither its
 *     addresses nor its key: there is no metadata service. The drives are made by {@code xorriso} on the controller
 * @param onGuest what is done when a guest fails while its host is well
 */
public record ComputeSettings(
        Path sharedStorage,
        RecoveryPolicy defaultPolicy,
        Duration applyDeadline,
        Duration adoptDeadline,
        Duration deliveryInterval,
        Duration withdrawnFor,
        ConfigDrive configDrive,
        GuestDefaults onGuest) {

    /** Which instances find a drive with what is written about them. */
    public enum ConfigDrive {
        ASKED,
        NEEDED,
        ALWAYS;

        /**
         * @param asked whether its owner asks for one
         * @param key whether it has a key pair
         * @param userData whether it has user data
         */
        public boolean isMade(boolean asked, boolean key, boolean userData) {
            return switch (this) {
                case ASKED -> asked;
                case NEEDED -> asked || key || userData;
                case ALWAYS -> true;
            };
        }
    }

    public ComputeSettings {
        range("compute.apply-deadline", applyDeadline, Duration.ofSeconds(1), Duration.ofMinutes(5));
        range("compute.adopt-deadline", adoptDeadline, Duration.ofSeconds(1), Duration.ofMinutes(5));
        range("compute.delivery-interval", deliveryInterval, Duration.ofMillis(100), Duration.ofMinutes(1));
        range("compute.withdrawn-for", withdrawnFor, Duration.ofSeconds(1), Duration.ofDays(1));
    }

    public static ComputeSettings defaults() {
        return new ComputeSettings(
                Path.of("/srv/shared"),
                RecoveryPolicy.NONE,
                Duration.ofSeconds(20),
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                Duration.ofMinutes(2),
                ConfigDrive.NEEDED,
                GuestDefaults.defaults());
    }

    /** The same settings for storage that is somewhere else. */
    public ComputeSettings at(Path storage) {
        return new ComputeSettings(
                storage,
                defaultPolicy,
                applyDeadline,
                adoptDeadline,
                deliveryInterval,
                withdrawnFor,
                configDrive,
                onGuest);
    }

    private static void range(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(key + " must be between " + min.toMillis() + "ms and " + max.toMillis()
                    + "ms, is " + value.toMillis() + "ms");
        }
    }
}
