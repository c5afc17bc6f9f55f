package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.World;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** S1: an instance runs on at most one host. Counted in processes; nobody's records are asked. */
public final class OneCopy implements Checker {

    private final World world;
    private final Map<InstanceId, Set<HostId>> running = new HashMap<>();

    public OneCopy(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S1";
    }

    @Override
    public void guestStarted(Host.Guest guest) {
        Set<HostId> on = running.computeIfAbsent(guest.instance(), id -> new LinkedHashSet<>());
        on.add(guest.host());
        if (on.size() > 1) {
            world.violated(invariant(), world.name(guest.instance()) + " runs on " + on);
        }
    }

    @Override
    public void guestEnded(Host.Guest guest) {
        running.getOrDefault(guest.instance(), new LinkedHashSet<>()).remove(guest.host());
    }
}
