package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** S4: what is claimed on a host never exceeds what it has. Reckoned from the instances, not from the host's own sums. */
public final class WithinInventory implements Checker {

    private final World world;
    private final Map<HostId, long[]> claimed = new HashMap<>();
    private final Map<InstanceId, HostId> homes = new HashMap<>();

    public WithinInventory(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S4";
    }

    @Override
    public void instanceChanged(@Nullable Instance before, Instance after, String by) {
        boolean over =
                after.actual() == io.holdfast.compute.ActualState.DELETED && after.goal() == InstanceGoal.DELETED;
        HostId now = over ? null : after.home();
        HostId earlier = now == null ? homes.remove(after.id()) : homes.put(after.id(), now);
        if (java.util.Objects.equals(now, earlier)) {
            return;
        }
        if (earlier != null) {
            add(earlier, after.resources(), -1);
        }
        if (now != null) {
            add(now, after.resources(), 1);
            judge(now);
        }
    }

    private void add(HostId host, Resources amount, int sign) {
        long[] sums = claimed.computeIfAbsent(host, id -> new long[2]);
        sums[0] += (long) sign * amount.vcpus();
        sums[1] += (long) sign * amount.memoryMib();
    }

    private void judge(HostId host) {
        long[] sums = claimed.getOrDefault(host, new long[2]);
        Resources has = world.host(host).capacity();
        double vcpus = has.vcpus() * world.settings().overcommit().vcpus();
        double memory = has.memoryMib() * world.settings().overcommit().memory();
        if (sums[0] > vcpus || sums[1] > memory) {
            world.violated(
                    invariant(),
                    "host " + host + " has " + has + ", and " + sums[0] + " vCPU and " + sums[1]
                            + " MiB are claimed on it");
        }
    }
}
