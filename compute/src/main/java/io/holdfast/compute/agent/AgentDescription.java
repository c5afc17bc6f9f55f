package io.holdfast.compute.agent;

import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.LeaderEpoch;

/**
 * Who an agent is and what it knows of itself.
 *
 * @param admitted whether it was told what the host owns since the agent started
 * @param trouble empty when the hypervisor answers and the journal can be written
 */
public record AgentDescription(
        HostId host,
        String bootId,
        HostEpoch hostEpoch,
        Incarnation incarnation,
        LeaderEpoch leader,
        boolean admitted,
        String trouble) {}
