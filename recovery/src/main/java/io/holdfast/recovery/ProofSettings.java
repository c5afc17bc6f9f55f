package io.holdfast.recovery;

import java.time.Duration;

/**
 * How long what proves something proves it. Keys begin with {@code recovery.proofs.}
 *
 * @param wordHolds so long does an operator's word that a host is isolated ({@code force-down --fenced}) prove that it is,
 *     1s to 10m, default 30s; a guard or an absent database may come between the word and its use. Too short: words that
 *     were meant are not used, and the host's device is asked instead; too long: a host whose plug is in again counts as dead
 * @param leaseOutlives so long after a proof of death the lease of the boot that was proven to be over is taken for one that
 *     this boot left behind, 5s to 10m, default 15s. Longer than {@code membership.session-timeout}, and than
 *     {@code membership.heartbeat-timeout} and {@code membership.verify-timeout} together, or the controller does not start.
 *     Too short: what a dead host left behind counts as its return; too long: a host whose device lied is served late
 */
public record ProofSettings(Duration wordHolds, Duration leaseOutlives) {

    public ProofSettings {
        RecoverySettings.within("proofs.word-holds", wordHolds, Duration.ofSeconds(1), Duration.ofMinutes(10));
        RecoverySettings.within("proofs.lease-outlives", leaseOutlives, Duration.ofSeconds(5), Duration.ofMinutes(10));
    }

    public static ProofSettings defaults() {
        return new ProofSettings(Duration.ofSeconds(30), Duration.ofSeconds(15));
    }
}
