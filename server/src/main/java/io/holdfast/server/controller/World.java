package io.holdfast.server.controller;

import io.holdfast.compute.HostAgents;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.membership.GuestProbe;
import io.holdfast.membership.Leadership;
import io.holdfast.membership.Membership;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.PowerProbe;
import io.holdfast.membership.SlotSign;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Everything that reaches beyond this process towards hosts: coordination, agents, power. */
public interface World extends AutoCloseable {

    HostAgents agents();

    FenceDevices fenceDevices(FenceDevice kdump);

    /** What the agent of a host says is wrong there, or why its line is down; empty when all is well or nothing is known. */
    String agentTrouble(HostId host);

    /** How much of each host's processors was in use of late, 0 to 100, as agents say now; without those that do not say it. */
    Map<HostId, Integer> busyPercents();

    /**
     * @param atLeast the highest leader epoch in the database, which the next one must exceed
     * @param address where this controller's API is, for the others; empty until it listens
     */
    Leadership leadership(LeaderEpoch atLeast, Supplier<String> address, Leadership.Listener listener);

    /** Whether other controllers may take over from this one, because the coordination is not its own. */
    default boolean hasPeers() {
        return false;
    }

    Membership membership(PowerProbe power, GuestProbe guests, Consumer<MembershipEvent> sink);

    /**
     * Begins to watch the storage slots, where there are any.
     *
     * @param told is given what is seen of all of them after each look; must not block
     */
    default void watchSlots(Consumer<Map<HostId, SlotSign>> told) {}

    @Override
    void close();
}
