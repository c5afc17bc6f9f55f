package io.holdfast.compute.core;

import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.WatchdogAction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is done about a guest that has failed while its host is well.
 *
 * <p>Intuition: a guest that fails is begun anew where it is, if its owner wants that, and a bounded number of times in a
 * while: a guest that fails again and again is not helped by one more beginning, and a human is.
 *
 * <p>Restarts are remembered by the wall clock, because they have to outlive the process that counts them. A clock that was
 * set back makes a restart lie in the future; it counts then, since too few restarts harm less than restarts without end.
 */
public final class GuestFailureRule {

    private GuestFailureRule() {}

    /**
     * @param restarts how many are allowed within the window; 0 for none
     */
    public record Limit(int restarts, Duration window) {}

    /**
     * @param restarts those that lie within the window, with the new one if there is one; oldest first
     */
    public record Ruling(GuestResponse response, List<Instant> restarts) {

        public Ruling {
            restarts = List.copyOf(restarts);
        }
    }

    /** @param restarts when this guest was begun anew because of a failure, oldest first */
    public static Ruling rule(
            GuestTerms terms, GuestFailure failure, List<Instant> restarts, Instant now, Limit limit) {
        List<Instant> recent = within(restarts, now, limit.window());
        boolean restarted = failure == GuestFailure.WATCHDOG
                // The device has done so already; it only remains to count.
                ? terms.watchdog() == WatchdogAction.RESET
                : terms.restarts(failure);
        if (!restarted) {
            return new Ruling(GuestResponse.TOLD, recent);
        }
        if (recent.size() >= limit.restarts()) {
            return new Ruling(GuestResponse.GIVEN_UP, recent);
        }
        List<Instant> all = new ArrayList<>(recent);
        all.add(now);
        return new Ruling(GuestResponse.RESTARTED, all);
    }

    private static List<Instant> within(List<Instant> restarts, Instant now, Duration window) {
        Instant from = now.minus(window);
        return restarts.stream().filter(at -> at.isAfter(from)).toList();
    }
}
