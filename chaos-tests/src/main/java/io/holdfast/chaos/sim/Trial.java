package io.holdfast.chaos.sim;

import io.holdfast.chaos.sim.check.AllInvariants;
import io.holdfast.recovery.GuardSettings;
import io.holdfast.recovery.UnfenceSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a seed is tried: sizes that are not given are drawn from the seed, small ones, because nearly every known failure of
 * a cluster shows on three hosts.
 *
 * @param hosts or null for 3 to 8
 * @param instances or null for 5 to 30
 * @param failures recorded failures of hosts, in the place of the built-in ones; null without
 * @param everything whether all allowed faults happen, rather than about half of them
 */
public record Trial(
        @Nullable Integer hosts,
        @Nullable Integer instances,
        int controllers,
        Duration chaos,
        Faults faults,
        boolean everything,
        Workload workload,
        @Nullable HistoricFailures failures) {

    private static final Duration HEALING = Duration.ofMinutes(6);

    /** What a seed is without any option. */
    public static Trial usual() {
        return new Trial(null, null, 3, Duration.ofMinutes(10), Faults.all(), false, Workload.usual(), null);
    }

    public Trial with(Faults some) {
        return new Trial(hosts, instances, controllers, chaos, some, true, workload, failures);
    }

    /** Runs it to its end. Any thread; trials share nothing. */
    public Outcome run(long seed, Mutation mutation, boolean wholeStory) {
        Dice dice = Dice.of(seed, "shape");
        int hostCount = hosts == null ? dice.between(3, 8) : hosts;
        int instanceCount = instances == null ? dice.between(5, 30) : instances;
        World world = new World(
                seed,
                new Shape(hostCount, instanceCount, controllers, chaos, HEALING, faults),
                Settings.ofSeed(seed),
                mutation,
                workload,
                wholeStory);
        AllInvariants.watch(world);
        GuardSettings guards = world.settings().recovery().guards();
        UnfenceSettings unfence = world.settings().recovery().unfence();
        world.story()
                .tell(
                        "world",
                        "guards: " + guards.fencesPerWindow() + " fences in "
                                + guards.fenceWindow().toSeconds() + " s, cool-down "
                                + guards.coolDown().toSeconds() + " s, quarantine after " + guards.flapLimit()
                                + " failures; fenced hosts "
                                + (unfence.policy() == UnfenceSettings.Policy.LEAVE_OFF
                                        ? "stay off"
                                        : "get their power back after "
                                                + unfence.after().toSeconds() + " s"));
        world.populate();
        world.run(new Nemesis(faults, everything, failures));
        Figures figures = world.figures();
        double seconds = world.timeline().now() / 1e9;
        return new Outcome(
                seed,
                world.violations(),
                seconds,
                seconds / 3600 * hostCount,
                figures.fences(),
                figures.wrongfulFences(),
                figures.suspicions(),
                figures.falseSuspicions(),
                figures.recoveries(),
                figures.visitsArrived(),
                figures.visitsLeft(),
                figures.outages(),
                wholeStory ? world.story().lines() : List.of(),
                world.story().hash());
    }
}
