package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Owners;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.Instance;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * S7: the strict rule of a server group is never broken by a choice of ours. Judged by where processes run: no two members
 * that want to be apart ever run on one host; and nobody who wants to be with others is given a home where none of them
 * lives while one of them runs elsewhere. A home that returns is no choice, so a group that wants to be together may be
 * split by it.
 */
public final class StrictGroups implements Checker {

    private final World world;

    public StrictGroups(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S7";
    }

    @Override
    public void guestStarted(Host.Guest guest) {
        Owners.Asked group = groupOf(guest.instance(), GroupPolicy.ANTI_AFFINITY);
        if (group == null) {
            return;
        }
        for (Host.Guest other : world.host(guest.host()).guests()) {
            if (!other.instance().equals(guest.instance()) && group.members().contains(other.instance())) {
                world.violated(
                        invariant(),
                        world.name(guest.instance()) + " and " + world.name(other.instance())
                                + " must never share a host, and both run on " + guest.host());
            }
        }
    }

    @Override
    public void instanceChanged(@Nullable Instance before, Instance after, String by) {
        HostId home = after.home();
        if (home == null || (before != null && Objects.equals(before.home(), home))) {
            return;
        }
        Owners.Asked group = groupOf(after.id(), GroupPolicy.AFFINITY);
        if (group == null || isWithAnother(group, after.id(), home)) {
            return;
        }
        for (Host host : world.hosts()) {
            for (Host.Guest other : host.guests()) {
                if (!other.instance().equals(after.id())
                        && !host.id().equals(home)
                        && group.members().contains(other.instance())) {
                    world.violated(
                            invariant(),
                            after.name() + " must share a host with " + world.name(other.instance())
                                    + ", which runs on " + host.id() + ", and gets its home on " + home);
                    return;
                }
            }
        }
    }

    private boolean isWithAnother(Owners.Asked group, InstanceId self, HostId home) {
        return world.database().instances().stream()
                .anyMatch(other -> !other.id().equals(self)
                        && home.equals(other.home())
                        && group.members().contains(other.id()));
    }

    private Owners.@Nullable Asked groupOf(InstanceId instance, GroupPolicy policy) {
        for (Owners.Asked group : world.owners().groups()) {
            if (group.policy() == policy && group.members().contains(instance)) {
                return group;
            }
        }
        return null;
    }
}
