package io.holdfast.api.nova;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/**
 * How a host stands, in Nova's words: {@code up} or {@code down} as a service, and as the {@code host_status} of its
 * instances. The table, first line that fits:
 *
 * <pre>
 * the host                                   service  host_status
 * was forced down, is condemned or fenced    down     DOWN
 * is disabled, and would be up               up       MAINTENANCE
 * is disabled, otherwise                     down     MAINTENANCE
 * is alive, suspected, or degraded and heard up       UP
 * is degraded and not heard, isolated, lost,
 * absent, or not known                       down     UNKNOWN
 * </pre>
 *
 * <p>A suspicion alone takes nobody down: nothing is concluded from it elsewhere either.
 */
final class ServiceState {

    private final Function<HostId, Optional<HostStatus>> membership;

    ServiceState(Function<HostId, Optional<HostStatus>> membership) {
        this.membership = membership;
    }

    boolean isUp(ComputeHost host) {
        return !isDown(host)
                && membership.apply(host.id()).map(ServiceState::answers).orElse(false);
    }

    String hostStatus(ComputeHost host) {
        if (isDown(host)) {
            return "DOWN";
        }
        if (!host.enabled()) {
            return "MAINTENANCE";
        }
        return isUp(host) ? "UP" : "UNKNOWN";
    }

    /**
     * When the host, or what membership holds of it, last changed. Nova's is the last report of the service; ours report
     * to a lease, not to the database, so there is no such time to show.
     */
    Instant updatedAt(ComputeHost host) {
        return membership
                .apply(host.id())
                .map(HostStatus::since)
                .filter(since -> since.isAfter(host.updatedAt()))
                .orElse(host.updatedAt());
    }

    private static boolean isDown(ComputeHost host) {
        return host.forcedDown() || host.state() == HostState.CONDEMNED || host.state() == HostState.FENCED;
    }

    private static boolean answers(HostStatus status) {
        return switch (status.health()) {
            case ALIVE, SUSPECTED -> true;
            case DEGRADED -> status.heard();
            case ISOLATED, LOST, ABSENT -> false;
        };
    }
}
