package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Owners;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * S7: the strict rule of a server group is never broken. Judged by where processes run: no two members that want to be apart
 * ever run on one host; no two that want to be together ever run on two, whoever started the second: a recovery, its owner,
 * or its host that came back; and nobody of those is given a home where none of the others lives while one of them runs
 * elsewhere.
 *
 * <p>Nor do two members of a group that is spread over failure domains ever run in one, or one of them where nobody says in which it is.
 *
 * <p>A process that is not what is stored (its owner has stopped it meanwhile, or its home is another) is on its way out, and
 * splits nothing.
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
        neverTogether(guest);
        neverApart(guest);
        neverNear(guest);
    }

    private void neverNear(Host.Guest guest) {
        for (Owners.Asked group : world.owners().groups()) {
            if (!group.members().contains(guest.instance())) {
                continue;
            }
            for (String kind : group.spread()) {
                String here = world.host(guest.host()).domains().names().get(kind);
                if (here == null) {
                    world.violated(
                            invariant(),
                            world.name(guest.instance()) + " must be in a " + kind + " of its own, and runs on "
                                    + guest.host() + ", of which nobody says in which it is");
                    continue;
                }
                for (Host host : world.hosts()) {
                    for (Host.Guest other : host.guests()) {
                        if (!other.instance().equals(guest.instance())
                                && group.members().contains(other.instance())
                                && here.equals(host.domains().names().get(kind))
                                && isWanted(other)) {
                            world.violated(
                                    invariant(),
                                    world.name(guest.instance()) + " and " + world.name(other.instance())
                                            + " must never share a " + kind + ", and both run in " + here);
                        }
                    }
                }
            }
        }
    }

    private void neverApart(Host.Guest guest) {
        Owners.Asked group = groupOf(guest.instance(), GroupPolicy.AFFINITY);
        if (group == null || !isWanted(guest)) {
            return;
        }
        for (Host host : world.hosts()) {
            for (Host.Guest other : host.guests()) {
                if (!host.id().equals(guest.host()) && group.members().contains(other.instance()) && isWanted(other)) {
                    world.violated(
                            invariant(),
                            world.name(guest.instance()) + " must share a host with " + world.name(other.instance())
                                    + ", which runs on " + host.id() + ", and is started on " + guest.host());
                    return;
                }
            }
        }
    }

    private boolean isWanted(Host.Guest guest) {
        return world.database()
                .instance(guest.instance())
                .filter(row -> row.goal() == InstanceGoal.RUNNING
                        && guest.host().equals(row.home())
                        && guest.generation().equals(row.generation()))
                .isPresent();
    }

    private void neverTogether(Host.Guest guest) {
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
