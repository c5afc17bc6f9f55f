package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.World;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.util.HashMap;
import java.util.Map;

/**
 * S3: one controller per leader epoch acts, and whoever receives an act refuses the older epoch: the database, every
 * agent, and for power orders the coordination service's own word on who leads.
 */
public final class OneLeader implements Checker {

    private final World world;
    private final Map<LeaderEpoch, String> owners = new HashMap<>();
    private final Map<HostId, LeaderEpoch> taken = new HashMap<>();
    private LeaderEpoch written = LeaderEpoch.ZERO;

    public OneLeader(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S3";
    }

    @Override
    public void leaderWrote(String controller, LeaderEpoch leader, String what) {
        String owner = owners.putIfAbsent(leader, controller);
        if (owner != null && !owner.equals(controller)) {
            world.violated(invariant(), controller + " and " + owner + " both act at epoch " + leader);
        }
        if (leader.isOlderThan(written)) {
            world.violated(
                    invariant(),
                    "the database takes " + what + " of " + controller + " at epoch " + leader + " after " + written);
        }
        written = leader;
    }

    @Override
    public void agentTook(Host host, LeaderEpoch leader) {
        LeaderEpoch before = taken.put(host.id(), leader);
        if (before != null && leader.isOlderThan(before)) {
            world.violated(
                    invariant(),
                    "the agent of " + host.id() + " takes an order of epoch " + leader + " after " + before);
        }
    }

    @Override
    public void cutOrdered(Host host, String controller, LeaderEpoch leader) {
        if (!controller.equals(world.zooKeeper().leader())) {
            world.violated(
                    invariant(),
                    controller + " orders " + host.id() + " off at epoch " + leader + ", and "
                            + world.zooKeeper().leader() + " leads");
        }
        if (leader.isOlderThan(written)) {
            world.violated(
                    invariant(),
                    controller + " orders " + host.id() + " off at epoch " + leader + ", and " + written
                            + " is recorded");
        }
    }
}
