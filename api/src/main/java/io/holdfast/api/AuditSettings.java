package io.holdfast.api;

import java.time.Duration;

/**
 * How much of the audit trail is kept. Keys begin with {@code api.audit.}
 *
 * @param keep how long, 1 h to 3660 d, default 365 d
 * @param linesMax at most so many lines of requests that were worked on, the oldest go first; 100 to 100,000,000, default 500,000 (some
 *     half a KiB each). Too small: a busy program pushes out what people did; too large: the disk of the database
 * @param refusalsMax at most so many lines of requests that were refused, 100 to 10,000,000, default 50,000. They have a number of their
 *     own, so that whoever guesses passwords pushes out nothing else
 */
public record AuditSettings(Duration keep, long linesMax, long refusalsMax) {

    public AuditSettings {
        if (keep.compareTo(Duration.ofHours(1)) < 0 || keep.compareTo(Duration.ofDays(3660)) > 0) {
            throw new IllegalArgumentException(
                    "api.audit.keep must be between 1h and 3660d, is " + keep.toSeconds() + "s");
        }
        if (linesMax < 100 || linesMax > 100_000_000) {
            throw new IllegalArgumentException("api.audit.lines-max must be between 100 and 100000000, is " + linesMax);
        }
        if (refusalsMax < 100 || refusalsMax > 10_000_000) {
            throw new IllegalArgumentException(
                    "api.audit.refusals-max must be between 100 and 10000000, is " + refusalsMax);
        }
    }

    public static AuditSettings defaults() {
        return new AuditSettings(Duration.ofDays(365), 500_000, 50_000);
    }
}
