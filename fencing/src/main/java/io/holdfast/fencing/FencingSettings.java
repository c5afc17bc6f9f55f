package io.holdfast.fencing;

import io.holdfast.model.HostId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which device isolates which host, and how long it may take.
 *
 * @param devices one device per host, by the host's name; default none. A host without a device can only be
 *     recovered after somebody confirms with {@code force-down --fenced}
 * @param attemptDeadline for one attempt, order and readings together, 1 s to 5 min, default 10 s. Too short: a host
 *     that takes seconds to lose power counts as not fenced; too long: a dead device holds up the next level or the
 *     operator
 * @param callTimeout for one question or order to a device, 200 ms to 1 min, default 3 s, at most half the attempt's
 *     deadline. Too short: a slow device counts as silent; too long: one lost datagram uses up the attempt
 * @param readBackPause between the first and the second read-back, doubling after each, 10 ms to 10 s, default 50 ms.
 *     Too short: a busy device is asked so often that it cannot act; too long: the host is off and nobody knows yet
 * @param readBackPauseMax where the doubling ends, not less than {@code read-back-pause} and at most 30 s, default
 *     500 ms
 * @param ordersMax how often an unanswered order is repeated while the host still has power, 1 to 10, default 3. Too
 *     small: a lossy network fails the attempt; too large: a device that never answers is flooded
 */
public record FencingSettings(
        Map<HostId, Device> devices,
        Duration attemptDeadline,
        Duration callTimeout,
        Duration readBackPause,
        Duration readBackPauseMax,
        int ordersMax) {

    public FencingSettings {
        devices = Map.copyOf(devices);
        requireWithin("fencing.attempt-deadline", attemptDeadline, Duration.ofSeconds(1), Duration.ofMinutes(5));
        requireWithin("fencing.call-timeout", callTimeout, Duration.ofMillis(200), Duration.ofMinutes(1));
        requireWithin("fencing.read-back-pause", readBackPause, Duration.ofMillis(10), Duration.ofSeconds(10));
        requireWithin("fencing.read-back-pause-max", readBackPauseMax, readBackPause, Duration.ofSeconds(30));
        if (callTimeout.multipliedBy(2).compareTo(attemptDeadline) > 0) {
            throw new IllegalArgumentException("fencing.call-timeout must be at most half of fencing.attempt-deadline ("
                    + text(attemptDeadline) + "), is " + text(callTimeout));
        }
        if (ordersMax < 1 || ordersMax > 10) {
            throw new IllegalArgumentException("fencing.orders-max must be between 1 and 10, is " + ordersMax);
        }
    }

    public static FencingSettings defaults() {
        return new FencingSettings(
                Map.of(),
                Duration.ofSeconds(10),
                Duration.ofSeconds(3),
                Duration.ofMillis(50),
                Duration.ofMillis(500),
                3);
    }

    /** What speaks to the device. */
    public enum Driver {
        /** IPMI 2.0 over RMCP+. */
        IPMI
    }

    /** The session's privilege. */
    public enum Privilege {
        /** Enough for power control on most controllers, and all that should be granted. */
        OPERATOR,
        /** For controllers that want it. */
        ADMINISTRATOR
    }

    /**
     * One device, and how to log in.
     *
     * @param driver default {@code ipmi}
     * @param address IP address, or a name; an address is better, because a name must be resolved at the worst moment
     * @param port UDP port, 1 to 65535, default 623
     * @param user 1 to 16 characters, IPMI's limit
     * @param passwordFile text file whose first line is the password (1 to 20 bytes, IPMI 2.0's limit); refused unless
     *     only its owner (and group, read-only) may read it. Read once, at start
     * @param cipherSuite 3 (SHA-1) or 17 (SHA-256), default 3, because every controller can do it; set 17 where the
     *     controller offers it
     * @param privilege default {@code operator}
     */
    public record Device(
            @Nullable Driver driver,
            String address,
            @Nullable Integer port,
            String user,
            Path passwordFile,
            @Nullable Integer cipherSuite,
            @Nullable Privilege privilege) {

        public Device {
            if (address.isBlank()) {
                throw new IllegalArgumentException("fencing.devices.*.address must not be empty");
            }
            if (port != null && (port < 1 || port > 65535)) {
                throw new IllegalArgumentException("fencing.devices.*.port must be between 1 and 65535, is " + port);
            }
            if (user.isBlank() || user.length() > 16) {
                throw new IllegalArgumentException(
                        "fencing.devices.*.user must have 1 to 16 characters, is '" + user + "'");
            }
            if (cipherSuite != null && cipherSuite != 3 && cipherSuite != 17) {
                throw new IllegalArgumentException("fencing.devices.*.cipher-suite must be 3 or 17, is " + cipherSuite);
            }
        }

        public Driver driverOrDefault() {
            return driver == null ? Driver.IPMI : driver;
        }

        public int portOrDefault() {
            return port == null ? 623 : port;
        }

        public int cipherSuiteOrDefault() {
            return cipherSuite == null ? 3 : cipherSuite;
        }

        public Privilege privilegeOrDefault() {
            return privilege == null ? Privilege.OPERATOR : privilege;
        }
    }

    private static void requireWithin(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    key + " must be between " + text(min) + " and " + text(max) + ", is " + text(value));
        }
    }

    private static String text(Duration value) {
        long millis = value.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
