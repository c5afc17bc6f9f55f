package io.holdfast.recovery.core;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.recovery.InstanceSettings;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether an instance may go back now to the home that it lost. Nothing is wrong with it where it is, so any doubt says no.
 *
 * <p>Fails closed: what is not known, for example since when the old home has been well, counts against it.
 */
public final class FailbackRule {

    private FailbackRule() {}

    /**
     * All that it looks at.
     *
     * @param orders of the segment
     * @param oldHome the home that it lost
     * @param home where it runs
     * @param suspectsOldHome whether membership is not content with it
     * @param suspectsHome the same of its home
     * @param oldHomeHasCase whether a case of it is open
     * @param homeHasCase the same of its home
     * @param coolingDown why there is a cool-down, or an empty text
     * @param wellSince since when the old home has served without being suspected; null when that is not known
     * @param underWay planned moves under way that nobody asked for
     * @param noRoom why the scheduler does not put it there, or an empty text
     */
    public record Circumstances(
            SegmentOrders orders,
            ComputeHost oldHome,
            ComputeHost home,
            boolean suspectsOldHome,
            boolean suspectsHome,
            boolean oldHomeHasCase,
            boolean homeHasCase,
            String coolingDown,
            @Nullable Instant wellSince,
            int underWay,
            String noRoom) {}

    /** Why not, for people; null when it may. */
    public static @Nullable String objection(Circumstances now, Instant at, InstanceSettings settings) {
        SegmentOrders orders = now.orders();
        if (orders.disarmed()) {
            return "the segment is disarmed by " + orders.why();
        }
        if (orders.maintenance() != null) {
            return "the segment is in maintenance, by " + orders.maintenance();
        }
        String host = ofHost(now.oldHome(), now.suspectsOldHome(), now.oldHomeHasCase());
        if (host == null) {
            host = ofHost(now.home(), now.suspectsHome(), now.homeHasCase());
        }
        if (host != null) {
            return host;
        }
        ComputeHost old = now.oldHome();
        if (!old.welcomes()) {
            return old.quarantine() == null
                    ? "host " + old.id() + " is disabled or forced down"
                    : "host " + old.id() + " is in quarantine";
        }
        if (!now.coolingDown().isEmpty()) {
            return now.coolingDown();
        }
        Duration wanted = settings.failbackAfter();
        if (now.wellSince() == null || at.isBefore(now.wellSince().plus(wanted))) {
            return "host " + old.id() + " has not been well for " + wanted.toSeconds() + " s yet";
        }
        if (now.underWay() >= settings.failbacksAtOnce()) {
            return now.underWay() + " instances are going back already, and that is the limit";
        }
        return now.noRoom().isEmpty() ? null : now.noRoom();
    }

    private static @Nullable String ofHost(ComputeHost host, boolean suspected, boolean hasCase) {
        if (hasCase) {
            return "host " + host.id() + " has an open case";
        }
        if (host.state() != HostState.SERVING || suspected) {
            return "host " + host.id() + " is not well";
        }
        return host.maintenance() == null ? null : "host " + host.id() + " is in maintenance, by " + host.maintenance();
    }
}
