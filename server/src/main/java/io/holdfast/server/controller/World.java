package io.holdfast.server.controller;

import io.holdfast.compute.HostAgents;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.membership.Leadership;
import io.holdfast.membership.Membership;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.PowerProbe;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.util.function.Consumer;

/** Everything that reaches beyond this process towards hosts: coordination, agents, power. */
public interface World extends AutoCloseable {

    HostAgents agents();

    FenceDevices fenceDevices();

    /** What the agent of a host says is wrong there, or why its line is down; empty when all is well or nothing is known. */
    String agentTrouble(HostId host);

    /**
     * @param atLeast the highest leader epoch in the database, which the next one must exceed
     */
    Leadership leadership(LeaderEpoch atLeast, Leadership.Listener listener);

    Membership membership(PowerProbe power, Consumer<MembershipEvent> sink);

    @Override
    void close();
}
