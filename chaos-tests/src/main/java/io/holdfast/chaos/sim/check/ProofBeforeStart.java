package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.model.HostId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * S2: nothing gets another home unless its old one is isolated for this life, or lives and does not run it. Judged by the
 * host's power and boots as they really were since the condemnation, and by the processes that really run there.
 */
public final class ProofBeforeStart implements Checker {

    private static final long NEVER = Long.MAX_VALUE;

    private final World world;
    private final Map<HostId, Long> condemnedAt = new HashMap<>();
    private final Map<HostId, Long> condemnedEpoch = new HashMap<>();
    private final Map<HostId, String> condemnedBoot = new HashMap<>();

    public ProofBeforeStart(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S2";
    }

    @Override
    public void hostChanged(ComputeHost now, String by) {
        Long known = condemnedEpoch.get(now.id());
        if (now.state() == HostState.CONDEMNED
                && (known == null || known != now.epoch().value())) {
            condemnedEpoch.put(now.id(), now.epoch().value());
            condemnedAt.put(now.id(), world.timeline().now());
            String boot = now.bootId();
            condemnedBoot.put(now.id(), boot == null ? world.host(now.id()).bootId() : boot);
        }
        if (now.state() == HostState.FENCED && !isOver(now.id())) {
            world.violated(
                    invariant(),
                    "host " + now.id() + " counts as fenced and has had power ever since it was condemned");
        }
    }

    /**
     * A host that had no power since has lost all that it ran; and one that is in a later boot than the condemned one, too: its watchdog
     * may have reset it before anybody condemned it, and it has come up again behind a cut.
     */
    private boolean isOver(HostId id) {
        long since = condemnedAt.getOrDefault(id, NEVER);
        Host host = world.host(id);
        return since != NEVER
                && (host.lastWithoutPower() >= since
                        || (host.selfFence() != null
                                && !host.bootId().equals(condemnedBoot.getOrDefault(id, host.bootId()))));
    }

    @Override
    public void instanceChanged(@Nullable Instance before, Instance after, String by) {
        HostId from = before == null ? null : before.home();
        HostId to = after.home();
        if (from == null || from.equals(to)) {
            return;
        }
        Host.Guest guest = world.host(from).guest(after.id());
        if (to == null) {
            // Taken back from a living home.
            if (guest != null) {
                world.violated(invariant(), after.name() + " is taken from " + from + ", where it runs");
            }
            return;
        }
        if (!isOver(from)) {
            world.violated(
                    invariant(),
                    after.name() + " gets its home on " + to + " although " + from
                            + " has had power ever since it was condemned");
        } else if (guest != null && guest.generation().isOlderThan(after.generation())) {
            world.violated(invariant(), after.name() + " gets its home on " + to + " while it runs on " + from);
        }
    }
}
