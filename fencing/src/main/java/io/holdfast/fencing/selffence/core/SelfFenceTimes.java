package io.holdfast.fencing.selffence.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The times of self-fencing, and how they relate.
 *
 * <p>The bound is {@code (2 × watchdog + licence) × (1 + drift) + margin}. Twice the device's time, because looking and petting are two
 * steps: an agent that was stopped between them pets when it goes on, at most one device's time after it pet the last time, and only
 * then begins the time that kills it. {@code docs/design/self-fencing.md} has the whole argument.
 *
 * @param watchdog how long the device waits for a pet, 1 s to 1 h. Too short: a garbage collection resets the host; too long: every
 *     second counts twice before a guest may start elsewhere
 * @param licence how long one good write allows to pet, from its beginning, at least 1 s: the lease is confirmed every 0.4 s. Too
 *     short: one slow write resets the host
 * @param slotInterval how often the slot is written
 * @param slotDeadline how long one round on the slot may take
 * @param petInterval how often the device is petted
 * @param drift how much faster one clock may run than another, as a share; 0.001 is far more than any that works
 * @param margin for what is not exact: the device's own tick, and the time that a reset takes
 */
public record SelfFenceTimes(
        Duration watchdog,
        Duration licence,
        Duration slotInterval,
        Duration slotDeadline,
        Duration petInterval,
        double drift,
        Duration margin) {

    public SelfFenceTimes {
        List<String> wrong = wrong(watchdog, licence, slotInterval, slotDeadline, petInterval, drift, margin);
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
    }

    /** Bound 9.008 s. */
    public static SelfFenceTimes defaults() {
        return new SelfFenceTimes(
                Duration.ofSeconds(3),
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                0.001,
                Duration.ofSeconds(1));
    }

    /** How long slot and lease must stand still, by the observer's clock, until the host has certainly been reset. */
    public Duration bound() {
        return bound(watchdog, licence, drift, margin);
    }

    /** The same for a host that has said its own times; drift and margin are the observer's. */
    public static Duration bound(Duration watchdog, Duration licence, double drift, Duration margin) {
        Duration exact = watchdog.multipliedBy(2).plus(licence);
        return exact.plusNanos((long) Math.ceil(exact.toNanos() * drift)).plus(margin);
    }

    /** Each relation that does not hold, with the settings concerned; empty when all do. */
    static List<String> wrong(
            Duration watchdog,
            Duration licence,
            Duration slotInterval,
            Duration slotDeadline,
            Duration petInterval,
            double drift,
            Duration margin) {
        List<String> wrong = new ArrayList<>();
        between(wrong, "watchdog-time", watchdog, Duration.ofSeconds(1), Duration.ofHours(1));
        between(wrong, "licence", licence, Duration.ofSeconds(1), Duration.ofHours(1));
        between(wrong, "slot-interval", slotInterval, Duration.ofMillis(50), Duration.ofMinutes(1));
        between(wrong, "slot-deadline", slotDeadline, Duration.ofMillis(50), Duration.ofMinutes(1));
        between(wrong, "pet-interval", petInterval, Duration.ofMillis(20), Duration.ofMinutes(1));
        between(wrong, "margin", margin, Duration.ofMillis(100), Duration.ofMinutes(5));
        if (!(drift >= 0 && drift <= 0.05)) {
            wrong.add("self-fence.drift must be between 0 and 0.05, is " + drift);
        }
        atMost(
                wrong,
                "self-fence.slot-interval + self-fence.slot-deadline",
                slotInterval.plus(slotDeadline),
                "self-fence.licence",
                licence,
                "one slow write would reset the host");
        atMost(
                wrong,
                "twice self-fence.pet-interval",
                petInterval.multipliedBy(2),
                "self-fence.watchdog-time",
                watchdog,
                "one late pet would reset the host");
        return wrong;
    }

    private static void between(List<String> wrong, String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            wrong.add("self-fence." + key + " must be between " + least.toMillis() + "ms and " + most.toMillis()
                    + "ms, is " + value.toMillis() + "ms");
        }
    }

    private static void atMost(
            List<String> wrong, String what, Duration value, String limit, Duration most, String otherwise) {
        if (value.compareTo(most) > 0) {
            wrong.add(what + " (" + value.toMillis() + "ms) must not be above " + limit + " (" + most.toMillis()
                    + "ms): " + otherwise);
        }
    }
}
