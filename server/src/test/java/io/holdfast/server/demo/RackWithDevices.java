package io.holdfast.server.demo;

import io.holdfast.compute.HostAgents;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.membership.GuestProbe;
import io.holdfast.membership.Leadership;
import io.holdfast.membership.Membership;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.PowerProbe;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.server.controller.World;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Hosts in memory, with real fence devices before them.
 *
 * @param rack stays the caller's to close
 * @param devices are made for the controller, which says what listens for kernel dumps
 */
record RackWithDevices(SimulatedRack rack, Function<FenceDevice, FenceDevices> devices) implements World {

    @Override
    public FenceDevices fenceDevices(FenceDevice kdump) {
        return devices.apply(kdump);
    }

    @Override
    public HostAgents agents() {
        return rack.agents();
    }

    @Override
    public String agentTrouble(HostId host) {
        return rack.agentTrouble(host);
    }

    @Override
    public Map<HostId, Integer> busyPercents() {
        return rack.busyPercents();
    }

    @Override
    public Leadership leadership(LeaderEpoch atLeast, Supplier<String> address, Leadership.Listener listener) {
        return rack.leadership(atLeast, address, listener);
    }

    @Override
    public Membership membership(PowerProbe power, GuestProbe guests, Consumer<MembershipEvent> sink) {
        return rack.membership(power, guests, sink);
    }

    @Override
    public void close() {}
}
