package io.holdfast.recovery;

import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.Map;

/**
 * What becomes of the power of a host that was fenced and whose instances are dealt with. Keys begin with
 * {@code recovery.unfence.} How it is given back is in {@code docs/design/power-return.md}.
 *
 * @param policy whether the power is given back without anybody asking for it, default {@code leave-off}
 * @param after how long the host rests once its case is recovered, 0s to 24h, default 0s. Too short: nobody has looked at a
 *     host that will fail again; too long: its room is missing
 * @param attempts orders before a human is told, 1 to 20, default 3; after that it is tried again every
 *     {@code recovery.operator-retry}. Too small: an outlet whose management controller still boots wakes somebody
 * @param backoff before the second attempt, doubled for each further one up to 5m, 1s to 5m, default 15s
 * @param rejoinDeadline from "reads on" until the host serves again, and how long an order may stay without an answer, 30s
 *     to 2h, default 10m. Too short: a host that checks its memory for a while is reported; too long: nobody is told of one
 *     that does not boot
 * @param afterWord whether a host is given its power back, too, that was taken for isolated by somebody's word
 *     ({@code force-down --fenced}, {@code confirm-dead}), default false: whoever isolated it has a reason, and may be at work on it
 * @param clearForceDown whether a force-down by somebody outside is taken back by itself once the host has rejoined, was told what it owns
 *     and has destroyed the rest, default false: whoever said it says when it is over. What was condemned by our own signals alone is
 *     over with that in any case
 * @param segments policy and what belongs to it for segments of these names in place of the above, default none. How often and for how long
 *     devices are asked is the same everywhere
 */
public record UnfenceSettings(
        Policy policy,
        Duration after,
        int attempts,
        Duration backoff,
        Duration rejoinDeadline,
        boolean afterWord,
        boolean clearForceDown,
        Map<String, OfSegment> segments) {

    /** What happens by itself. */
    public enum Policy {
        /** It stays off until somebody switches it on. */
        LEAVE_OFF,
        /** It is switched on after {@link #after}. */
        POWER_ON
    }

    /**
     * What holds in one segment. What is not said of it is as if nothing were said at all, and not as for the others.
     *
     * @param policy as {@link UnfenceSettings#policy}
     * @param after as {@link UnfenceSettings#after}
     * @param afterWord as {@link UnfenceSettings#afterWord}
     * @param clearForceDown as {@link UnfenceSettings#clearForceDown}
     */
    public record OfSegment(Policy policy, Duration after, boolean afterWord, boolean clearForceDown) {

        public OfSegment {
            within("segments.*.after", after, Duration.ZERO, REST_MAX);
        }

        public static OfSegment defaults() {
            return new OfSegment(Policy.LEAVE_OFF, Duration.ZERO, false, false);
        }
    }

    private static final Duration REST_MAX = Duration.ofHours(24);

    public UnfenceSettings {
        segments = Map.copyOf(segments);
        segments.keySet().forEach(SegmentId::of);
        within("after", after, Duration.ZERO, REST_MAX);
        RecoverySettings.within("unfence.attempts", attempts, 1, 20);
        within("backoff", backoff, Duration.ofSeconds(1), Duration.ofMinutes(5));
        within("rejoin-deadline", rejoinDeadline, Duration.ofSeconds(30), Duration.ofHours(2));
    }

    public static UnfenceSettings defaults() {
        return new UnfenceSettings(
                Policy.LEAVE_OFF,
                Duration.ZERO,
                3,
                Duration.ofSeconds(15),
                Duration.ofMinutes(10),
                false,
                false,
                Map.of());
    }

    /** What holds in that segment. */
    public OfSegment of(SegmentId segment) {
        OfSegment own = segments.get(segment.value());
        return own == null ? new OfSegment(policy, after, afterWord, clearForceDown) : own;
    }

    private static void within(String key, Duration value, Duration min, Duration max) {
        RecoverySettings.within("unfence." + key, value, min, max);
    }
}
