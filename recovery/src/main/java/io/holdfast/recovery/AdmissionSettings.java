package io.holdfast.recovery;

import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.capacity.Outlook;
import java.time.Duration;
import java.util.Map;

/**
 * The promise that failures of hosts are survived, and what is done for its sake.
 *
 * @param mode {@code off}, {@code warn}: what breaks the promise is done, and operators are told; or {@code enforce}: it is
 *     refused. Default {@code off}
 * @param tolerate how many hosts may fail together, 0 to 2, default 1. 0 promises nothing. Too large: room stands empty; too
 *     small: the next failure leaves instances without a home
 * @param lookInterval how often the leader looks whether the promise holds, 1 s to 10 min, default 5 s
 * @param steadyFor how long the answer must be the same before it is told, 0 to 1 h, default 30 s, and for two looks at
 *     least. Too short: a host that restarts is told as a broken promise; too long: operators hear late
 * @param segments mode and number for segments of these names in place of the above; default none
 */
public record AdmissionSettings(
        AdmissionMode mode, int tolerate, Duration lookInterval, Duration steadyFor, Map<String, Policy> segments) {

    /**
     * What holds in one segment.
     *
     * @param mode as {@link AdmissionSettings#mode}
     * @param tolerate as {@link AdmissionSettings#tolerate}
     */
    public record Policy(AdmissionMode mode, int tolerate) {

        public Policy {
            // Also for the file's own two keys, of which a policy is made.
            if (tolerate < 0 || tolerate > Outlook.FAILURES_MAX) {
                throw new IllegalArgumentException(
                        "admission: tolerate must be between 0 and " + Outlook.FAILURES_MAX + ", is " + tolerate);
            }
        }

        public static Policy defaults() {
            return new Policy(AdmissionMode.OFF, 1);
        }

        /** Whether somebody has to look before something is done. */
        public boolean looks() {
            return mode != AdmissionMode.OFF && tolerate > 0;
        }
    }

    public AdmissionSettings {
        segments = Map.copyOf(segments);
        segments.keySet().forEach(SegmentId::of);
        new Policy(mode, tolerate);
        requireWithin("admission.look-interval", lookInterval, Duration.ofSeconds(1), Duration.ofMinutes(10));
        requireWithin("admission.steady-for", steadyFor, Duration.ZERO, Duration.ofHours(1));
    }

    public static AdmissionSettings defaults() {
        return new AdmissionSettings(AdmissionMode.OFF, 1, Duration.ofSeconds(5), Duration.ofSeconds(30), Map.of());
    }

    /** The same with another policy for every segment that is not named. */
    public AdmissionSettings with(AdmissionMode otherMode, int otherTolerate) {
        return new AdmissionSettings(otherMode, otherTolerate, lookInterval, steadyFor, segments);
    }

    public Policy of(SegmentId segment) {
        Policy own = segments.get(segment.value());
        return own == null ? new Policy(mode, tolerate) : own;
    }

    /** Whether somebody has to look before something is done, in any segment. */
    public boolean looks() {
        return new Policy(mode, tolerate).looks() || segments.values().stream().anyMatch(Policy::looks);
    }

    private static void requireWithin(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(key + " must be between " + min + " and " + max + ", is " + value);
        }
    }
}
