package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.SelfFence;
import io.holdfast.chaos.sim.World;
import java.time.Duration;
import java.util.Objects;

/**
 * S11: no watchdog resets a host whose agent runs and reaches its slot or ZooKeeper, unless somebody told it to stop. Judged by the
 * ways that were open, and not by what the host made of them: the loss of ZooKeeper alone, or of the storage alone, resets nobody.
 */
public final class SparesTheLicensed implements Checker {

    /** The device's own time, the slowest reset, and a round on the slot or a confirmation of the lease before that. */
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(6);

    private final World world;

    public SparesTheLicensed(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S11";
    }

    @Override
    public void watchdogFired(Host host) {
        SelfFence own = Objects.requireNonNull(host.selfFence());
        long since = world.timeline().now() - LONG_ENOUGH.toNanos();
        if (own.runsSince() > since || own.isToldToStop()) {
            return;
        }
        if (own.reachesStorageSince() <= since) {
            world.violated(invariant(), host.id() + " is reset by its watchdog and could write its slot all the while");
        } else if (own.reachesZooKeeperSince() <= since) {
            world.violated(invariant(), host.id() + " is reset by its watchdog and had its lease all the while");
        }
    }
}
