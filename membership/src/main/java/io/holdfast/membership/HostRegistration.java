package io.holdfast.membership;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;

/**
 * What an agent writes into its lease: who it is and where it can be reached.
 *
 * @param bootId identity of the host's present boot; another boot has another one, a restarted agent has the same
 * @param agentSession identity of the agent process; a restarted agent has another one
 * @param address where the controller reaches the agent
 * @param port the agent's port, 1 to 65535
 * @param domains what the host shares with others, so that one failure takes all of them
 */
public record HostRegistration(
        HostId host,
        SegmentId segment,
        String zone,
        String bootId,
        String agentSession,
        String address,
        int port,
        Resources capacity,
        FailureDomains domains) {

    /** Of a host that does not say what it shares with others. */
    public HostRegistration(
            HostId host,
            SegmentId segment,
            String zone,
            String bootId,
            String agentSession,
            String address,
            int port,
            Resources capacity) {
        this(host, segment, zone, bootId, agentSession, address, port, capacity, FailureDomains.NONE);
    }
}
