package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * L3: whose instance lived on a host that is fenced hears of it, at least once; and nobody hears of somebody else's.
 * Judged by who owns what, and by what reached whom.
 */
public final class EachIsTold implements Checker {

    private record Debt(InstanceId instance, ProjectId project, HostId host, long since) {}

    private final World world;
    private final Map<InstanceId, ProjectId> owners = new HashMap<>();
    private final Map<InstanceId, Debt> owed = new LinkedHashMap<>();

    /** Since when each instance's owner has heard something of its host's failure. */
    private final Map<InstanceId, Long> heard = new HashMap<>();

    private final Set<InstanceId> over = new HashSet<>();

    public EachIsTold(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "L3";
    }

    @Override
    public void instanceChanged(@Nullable Instance before, Instance after, String by) {
        owners.put(after.id(), after.project());
        if (after.goal() == InstanceGoal.DELETED) {
            over.add(after.id());
        }
    }

    @Override
    public void hostChanged(ComputeHost now, String by) {
        if (now.state() != HostState.FENCED) {
            return;
        }
        long moment = world.timeline().now();
        for (Instance instance : world.database().instances()) {
            if (now.id().equals(instance.home()) && instance.goal() == InstanceGoal.RUNNING) {
                long last = heard.getOrDefault(instance.id(), Long.MIN_VALUE);
                if (last < moment - 120_000_000_000L) {
                    owed.put(instance.id(), new Debt(instance.id(), instance.project(), now.id(), moment));
                }
            }
        }
    }

    @Override
    public void told(@Nullable ProjectId subscriber, Fact fact) {
        if (!fact.subject().startsWith("instance/")) {
            return;
        }
        InstanceId id = InstanceId.parse(fact.subject().substring("instance/".length()));
        ProjectId owner = owners.get(id);
        if (owner == null) {
            return;
        }
        if (!owner.equals(subscriber)) {
            world.violated(
                    invariant(), subscriber + " is told " + fact.type() + " of " + world.name(id) + " of " + owner);
            return;
        }
        heard.put(id, world.timeline().now());
        owed.remove(id);
    }

    @Override
    public boolean content() {
        return owed.isEmpty();
    }

    @Override
    public void ended() {
        for (Debt debt : owed.values()) {
            if (!over.contains(debt.instance()) && world.timeline().now() - debt.since() > 60_000_000_000L) {
                world.violated(
                        invariant(),
                        debt.project() + " was never told that " + debt.host() + " failed, where "
                                + world.name(debt.instance()) + " lived");
            }
        }
    }
}
