package io.holdfast.membership;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.SelfFenceTerms;
import org.jspecify.annotations.Nullable;

/**
 * What an agent writes into its lease: who it is and where it can be reached.
 *
 * @param bootId identity of the host's present boot; another boot has another one, a restarted agent has the same
 * @param agentSession identity of the agent process; a restarted agent has another one
 * @param address where the controller reaches the agent
 * @param port the agent's port, 1 to 65535
 * @param domains what the host shares with others, so that one failure takes all of them
 * @param supervisorPort where the agent's supervisor answers for the host, at the same address; 0 when there is none
 * @param selfFence the watchdog that the host arms once this lease is held; null where it arms none, and then its silence proves
 *     nothing
 * @param topology its cells
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
        FailureDomains domains,
        int supervisorPort,
        @Nullable SelfFenceTerms selfFence,
        HostTopology topology) {

    /** Of a host that does not say what its cells are. */
    public HostRegistration(
            HostId host,
            SegmentId segment,
            String zone,
            String bootId,
            String agentSession,
            String address,
            int port,
            Resources capacity,
            FailureDomains domains,
            int supervisorPort,
            @Nullable SelfFenceTerms selfFence) {
        this(
                host,
                segment,
                zone,
                bootId,
                agentSession,
                address,
                port,
                capacity,
                domains,
                supervisorPort,
                selfFence,
                HostTopology.NONE);
    }

    /** Of a host that does not say what it shares with others, whose agent nobody watches, and that does not fence itself. */
    public HostRegistration(
            HostId host,
            SegmentId segment,
            String zone,
            String bootId,
            String agentSession,
            String address,
            int port,
            Resources capacity) {
        this(host, segment, zone, bootId, agentSession, address, port, capacity, FailureDomains.NONE, 0, null);
    }

    /** Whether somebody beside the agent can be asked whether processes run on the host at all. */
    public boolean hasSupervisor() {
        return supervisorPort > 0;
    }

    /** The same host, with a supervisor at that port. */
    public HostRegistration supervisedAt(int port) {
        return new HostRegistration(
                host,
                segment,
                zone,
                bootId,
                agentSession,
                address,
                this.port,
                capacity,
                domains,
                port,
                selfFence,
                topology);
    }

    /** The same host, with that watchdog; null for none. */
    public HostRegistration fencingItself(@Nullable SelfFenceTerms terms) {
        return new HostRegistration(
                host,
                segment,
                zone,
                bootId,
                agentSession,
                address,
                port,
                capacity,
                domains,
                supervisorPort,
                terms,
                topology);
    }
}
