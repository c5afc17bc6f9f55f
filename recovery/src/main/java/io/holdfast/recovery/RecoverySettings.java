package io.holdfast.recovery;

import java.time.Duration;

/**
 * How patient, how parallel and how bold recovery is.
 *
 * @param fenceAttempts attempts to isolate a host before a human is told, 1 to 20, default 3. Too small: a BMC that
 *     drops one packet wakes somebody; too large: nobody is told for minutes while instances stand still
 * @param fenceDeadline for one attempt, all levels of the host with their orders and readings together, 1s to 5m, default 15s. Too short: a slow BMC never
 *     proves anything; too long: the next attempt comes late
 * @param fenceBackoff before the second attempt, doubled for each further one, 50ms to 1m, default 1s
 * @param operatorRetry how often a fence that was handed to a human, or an instance that was, is tried again all the
 *     same, 1s to 1h, default 30s. Must not be shorter than {@code fenceBackoff}
 * @param maxFencesInFlight hosts being isolated at the same moment, 1 to 64, default 4. Too large: a wrong conclusion
 *     does more harm before anybody sees it
 * @param condemnShare the share of a segment's hosts whose cases may be open at once before further ones are held for a
 *     human or for harder evidence, 0.01 to 1.0, default 0.5; one host is always allowed. Too large: a broken network
 *     looks like many broken hosts, and they are powered off; too small: a real failure of a rack waits
 * @param holdRecheck how often a held case is looked at again, and an instance that may not go back to its old home yet,
 *     100ms to 10m, default 5s
 * @param holdEscalation how long a case is held before operators are called, 1s to 1h, default 1m; not shorter than
 *     {@code holdRecheck}
 * @param startAttempts homes tried for one instance before a human is told, 1 to 20, default 3; an instance's owner may
 *     say otherwise ({@code holdfast:relocate-limit})
 * @param startTimeout from the order to start to "running" seen, 1s to 30m, default 1m. Too short: slow guests are
 *     reported silent (they are never started twice for it); too long: trouble is reported late
 * @param retryBackoff before an instance is tried on another host, 10ms to 1m, default 500ms
 * @param replanInterval the longest time between two plans of an instance that found no host, 100ms to 10m, default 1m. With
 *     each scan it is looked whether a plan would find one, and then it is planned at once; this is for the case
 *     that the look cannot be made. Too short: a full cluster plans and journals without end
 * @param instanceDeadline how long an instance may be under way before a human is told, 5s to 24h, default 5m; not
 *     shorter than {@code startTimeout}
 * @param maxStartsPerDestination instances being started on one host at the same moment, 1 to 1000, default 4. Too
 *     large: all guests of a failed host boot slowly together; too small: they queue
 * @param maxStartsTotal the same over all hosts, 1 to 10000, default 32; not smaller than per destination
 * @param callDeadline after which an answer from the store or an agent is asked for again, 1s to 5m, default 15s; also how
 *     often a silent home is told and looked at again
 * @param callBackoff before a call that failed is repeated, doubled up to 5 s, 10ms to 10s, default 100ms
 * @param scanInterval how often everything is looked at without being woken, 50ms to 1m, default 1s. Events only save
 *     waiting for it
 * @param guards when recovery doubts what it is told
 * @param proofs how long what proves something proves it
 * @param unfence what becomes of the power of a fenced host
 * @param instances what counts for instances whose owners say nothing
 */
public record RecoverySettings(
        int fenceAttempts,
        Duration fenceDeadline,
        Duration fenceBackoff,
        Duration operatorRetry,
        int maxFencesInFlight,
        double condemnShare,
        Duration holdRecheck,
        Duration holdEscalation,
        int startAttempts,
        Duration startTimeout,
        Duration retryBackoff,
        Duration replanInterval,
        Duration instanceDeadline,
        int maxStartsPerDestination,
        int maxStartsTotal,
        Duration callDeadline,
        Duration callBackoff,
        Duration scanInterval,
        GuardSettings guards,
        ProofSettings proofs,
        UnfenceSettings unfence,
        InstanceSettings instances) {

    public RecoverySettings {
        within("fence-attempts", fenceAttempts, 1, 20);
        within("fence-deadline", fenceDeadline, Duration.ofSeconds(1), Duration.ofMinutes(5));
        within("fence-backoff", fenceBackoff, Duration.ofMillis(50), Duration.ofMinutes(1));
        within("operator-retry", operatorRetry, Duration.ofSeconds(1), Duration.ofHours(1));
        within("max-fences-in-flight", maxFencesInFlight, 1, 64);
        if (!(condemnShare >= 0.01 && condemnShare <= 1.0)) {
            throw new IllegalArgumentException(
                    "recovery.condemn-share must be between 0.01 and 1.0, is " + condemnShare);
        }
        within("hold-recheck", holdRecheck, Duration.ofMillis(100), Duration.ofMinutes(10));
        within("hold-escalation", holdEscalation, Duration.ofSeconds(1), Duration.ofHours(1));
        within("start-attempts", startAttempts, 1, 20);
        within("start-timeout", startTimeout, Duration.ofSeconds(1), Duration.ofMinutes(30));
        within("retry-backoff", retryBackoff, Duration.ofMillis(10), Duration.ofMinutes(1));
        within("replan-interval", replanInterval, Duration.ofMillis(100), Duration.ofMinutes(10));
        within("instance-deadline", instanceDeadline, Duration.ofSeconds(5), Duration.ofHours(24));
        within("max-starts-per-destination", maxStartsPerDestination, 1, 1000);
        within("max-starts-total", maxStartsTotal, 1, 10_000);
        within("call-deadline", callDeadline, Duration.ofSeconds(1), Duration.ofMinutes(5));
        within("call-backoff", callBackoff, Duration.ofMillis(10), Duration.ofSeconds(10));
        within("scan-interval", scanInterval, Duration.ofMillis(50), Duration.ofMinutes(1));
        notShorter("operator-retry", operatorRetry, "fence-backoff", fenceBackoff);
        notShorter("hold-escalation", holdEscalation, "hold-recheck", holdRecheck);
        notShorter("instance-deadline", instanceDeadline, "start-timeout", startTimeout);
        if (maxStartsTotal < maxStartsPerDestination) {
            throw new IllegalArgumentException("recovery.max-starts-total must not be smaller than"
                    + " recovery.max-starts-per-destination (" + maxStartsPerDestination + "), is " + maxStartsTotal);
        }
    }

    /** The same with other guards. */
    public RecoverySettings with(GuardSettings other) {
        return new RecoverySettings(
                fenceAttempts,
                fenceDeadline,
                fenceBackoff,
                operatorRetry,
                maxFencesInFlight,
                condemnShare,
                holdRecheck,
                holdEscalation,
                startAttempts,
                startTimeout,
                retryBackoff,
                replanInterval,
                instanceDeadline,
                maxStartsPerDestination,
                maxStartsTotal,
                callDeadline,
                callBackoff,
                scanInterval,
                other,
                proofs,
                unfence,
                instances);
    }

    /** The same with another policy for the power of fenced hosts. */
    public RecoverySettings with(UnfenceSettings other) {
        return new RecoverySettings(
                fenceAttempts,
                fenceDeadline,
                fenceBackoff,
                operatorRetry,
                maxFencesInFlight,
                condemnShare,
                holdRecheck,
                holdEscalation,
                startAttempts,
                startTimeout,
                retryBackoff,
                replanInterval,
                instanceDeadline,
                maxStartsPerDestination,
                maxStartsTotal,
                callDeadline,
                callBackoff,
                scanInterval,
                guards,
                proofs,
                other,
                instances);
    }

    /** The same with other words for instances whose owners say nothing. */
    public RecoverySettings with(InstanceSettings other) {
        return new RecoverySettings(
                fenceAttempts,
                fenceDeadline,
                fenceBackoff,
                operatorRetry,
                maxFencesInFlight,
                condemnShare,
                holdRecheck,
                holdEscalation,
                startAttempts,
                startTimeout,
                retryBackoff,
                replanInterval,
                instanceDeadline,
                maxStartsPerDestination,
                maxStartsTotal,
                callDeadline,
                callBackoff,
                scanInterval,
                guards,
                proofs,
                unfence,
                other);
    }

    public static RecoverySettings defaults() {
        return new RecoverySettings(
                3,
                Duration.ofSeconds(15),
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                4,
                0.5,
                Duration.ofSeconds(5),
                Duration.ofMinutes(1),
                3,
                Duration.ofMinutes(1),
                Duration.ofMillis(500),
                Duration.ofMinutes(1),
                Duration.ofMinutes(5),
                4,
                32,
                Duration.ofSeconds(15),
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                GuardSettings.defaults(),
                ProofSettings.defaults(),
                UnfenceSettings.defaults(),
                InstanceSettings.defaults());
    }

    static void within(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    "recovery." + key + " must be between " + text(min) + " and " + text(max) + ", is " + text(value));
        }
    }

    static void within(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "recovery." + key + " must be between " + min + " and " + max + ", is " + value);
        }
    }

    private static void notShorter(String key, Duration value, String otherKey, Duration other) {
        if (value.compareTo(other) < 0) {
            throw new IllegalArgumentException("recovery." + key + " must not be shorter than recovery." + otherKey
                    + " (" + text(other) + "), is " + text(value));
        }
    }

    private static String text(Duration value) {
        long millis = value.toMillis();
        if (millis % 3_600_000 == 0 && millis != 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0 && millis != 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1000 == 0 && millis != 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
