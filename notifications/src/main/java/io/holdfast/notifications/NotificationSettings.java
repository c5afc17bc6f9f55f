package io.holdfast.notifications;

import io.holdfast.notifications.core.RetrySchedule;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How facts are delivered.
 *
 * @param timeout longest time for one attempt, from connecting to the status line; 100 ms to 60 s, default 5 s. Too
 *     small: slow endpoints are told twice; too large: a hanging endpoint holds its places for long
 * @param retryFirst wait after the first failed attempt, doubled after each further one; 10 ms to 1 h, default 1 s
 * @param retryCap longest wait between two attempts; {@code retry-first} to 1 day, default 10 min. Too large: an
 *     endpoint that came back hears late
 * @param attemptsMax attempts before a delivery is dead; 1 to 1000, default 100
 * @param ageMax age of a fact after which a failed attempt is the last one; 1 s to 30 days, default 24 h
 * @param round longest time between two looks at the outbox when nobody calls; 50 ms to 60 s, default 1 s
 * @param inFlightPerWebhook attempts under way to one webhook at once; 1 to 64, default 16. Too small: the owner of many instances
 *     hears of the last of them late
 * @param inFlight attempts under way in all, ordinary road; 1 to 4096, default 256
 * @param toldQueue facts told from memory that wait to be recorded while the database does not answer, and attempts
 *     from memory under way; 16 to 1,000,000, default 10,000. Beyond it facts are still told but not recorded
 * @param webhooksPerProject subscriptions a project (and all operators together) may have; 1 to 10,000, default 20
 * @param allowedNetworks networks in CIDR form that webhooks may point to although {@code denied-networks} names them,
 *     for example {@code 127.0.0.0/8} for a receiver on the same machine; default none
 * @param deniedNetworks networks that no webhook is sent to, checked against the address that is really connected to;
 *     default: this machine, link-local (where clouds keep their metadata services), multicast, unspecified
 * @param amqp a broker that every fact is sent to in the form of OpenStack's versioned notifications; default none
 * @param retention how long facts are kept for the feed after they were dispatched; 1 min to 366 days, default 7 days
 */
public record NotificationSettings(
        Duration timeout,
        Duration retryFirst,
        Duration retryCap,
        int attemptsMax,
        Duration ageMax,
        Duration round,
        int inFlightPerWebhook,
        int inFlight,
        int toldQueue,
        int webhooksPerProject,
        List<String> allowedNetworks,
        List<String> deniedNetworks,
        @Nullable AmqpSettings amqp,
        Duration retention) {

    public NotificationSettings {
        between("timeout", timeout, Duration.ofMillis(100), Duration.ofSeconds(60));
        between("retry-first", retryFirst, Duration.ofMillis(10), Duration.ofHours(1));
        between("retry-cap", retryCap, retryFirst, Duration.ofDays(1));
        between("attempts-max", attemptsMax, 1, 1000);
        between("age-max", ageMax, Duration.ofSeconds(1), Duration.ofDays(30));
        between("round", round, Duration.ofMillis(50), Duration.ofSeconds(60));
        between("in-flight-per-webhook", inFlightPerWebhook, 1, 64);
        between("in-flight", inFlight, 1, 4096);
        between("told-queue", toldQueue, 16, 1_000_000);
        between("webhooks-per-project", webhooksPerProject, 1, 10_000);
        allowedNetworks = List.copyOf(allowedNetworks);
        deniedNetworks = List.copyOf(deniedNetworks);
        networks("allowed-networks", allowedNetworks);
        networks("denied-networks", deniedNetworks);
        between("retention", retention, Duration.ofMinutes(1), Duration.ofDays(366));
    }

    public static NotificationSettings defaults() {
        return new NotificationSettings(
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofMinutes(10),
                100,
                Duration.ofHours(24),
                Duration.ofSeconds(1),
                16,
                256,
                10_000,
                20,
                List.of(),
                List.of(
                        "0.0.0.0/8",
                        "127.0.0.0/8",
                        "169.254.0.0/16",
                        "224.0.0.0/3",
                        "::/128",
                        "::1/128",
                        "fe80::/10",
                        "ff00::/8"),
                null,
                Duration.ofDays(7));
    }

    RetrySchedule retrySchedule() {
        return new RetrySchedule(retryFirst, retryCap, attemptsMax, ageMax);
    }

    /** The same settings with other networks allowed. */
    public NotificationSettings allowing(List<String> networks) {
        return new NotificationSettings(
                timeout,
                retryFirst,
                retryCap,
                attemptsMax,
                ageMax,
                round,
                inFlightPerWebhook,
                inFlight,
                toldQueue,
                webhooksPerProject,
                networks,
                deniedNetworks,
                amqp,
                retention);
    }

    private static void between(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException("notifications." + key + " must be between " + text(least) + " and "
                    + text(most) + ", is " + text(value));
        }
    }

    private static void between(String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "notifications." + key + " must be between " + least + " and " + most + ", is " + value);
        }
    }

    private static void networks(String key, List<String> values) {
        for (String value : values) {
            try {
                Network.parse(value);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("notifications." + key + ": " + e.getMessage(), e);
            }
        }
    }

    private static String text(Duration value) {
        return value.toMillis() % 1000 == 0 ? value.toSeconds() + "s" : value.toMillis() + "ms";
    }
}
