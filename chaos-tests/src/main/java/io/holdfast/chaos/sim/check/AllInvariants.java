package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.World;
import java.util.List;

/** Every checker there is. */
public final class AllInvariants {

    private AllInvariants() {}

    /** Has all of them watch the world, from now on. */
    public static void watch(World world) {
        List.<Checker>of(
                        new OneCopy(world),
                        new ProofBeforeStart(world),
                        new OneLeader(world),
                        new WithinInventory(world),
                        new OnlyTheCondemned(world),
                        new Acknowledged(world),
                        new StrictGroups(world),
                        new InOrder(world),
                        new HeldStorm(world),
                        new PowerComesBack(world),
                        new SparesTheLicensed(world),
                        new Recovered(world),
                        new NoCaseWaitsForEver(world),
                        new HeardFirst(world),
                        new SaysEnd(world),
                        new EachIsTold(world))
                .forEach(world::watch);
    }
}
