package io.holdfast.chaos.bench.alarms;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Dice;
import io.holdfast.chaos.sim.Faults;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.Settings;
import io.holdfast.chaos.sim.Shape;
import io.holdfast.chaos.sim.Violation;
import io.holdfast.chaos.sim.Workload;
import io.holdfast.chaos.sim.World;
import io.holdfast.chaos.sim.check.AllInvariants;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One world of the false alarms, from its first second to its last, with both detectors in it. */
final class AlarmWorld implements Checker {

    private static final Duration HEALING = Duration.ofMinutes(6);
    private static final int MOST_HOSTS = 128;
    private static final int LEAST_HOSTS = 50;

    /** A verdict is stored, and its order sent, so long after what it rests on, at the most. */
    private static final long REASON_NANOS = 60_000_000_000L;

    /** A leader may have been paused, or be new, when a host dies; then it has a full grace period. */
    private static final Duration CONDEMNED_WITHIN = Duration.ofSeconds(60);

    private final World world;
    private final Disturbances disturbances = new Disturbances();
    private final Swim swim;
    private final Map<HostId, Long> deaths = new HashMap<>();
    private final Map<HostId, Long> deathsOfSwim = new HashMap<>();
    private final Map<HostId, Long> judgedAt = new HashMap<>();
    private final Map<Condition, Integer> ours = new EnumMap<>(Condition.class);
    private final Map<Condition, Integer> theirs = new EnumMap<>(Condition.class);
    private final Map<Condition, Integer> confirmed = new EnumMap<>(Condition.class);
    private final List<Double> ourDelays = new ArrayList<>();
    private final List<Double> theirDelays = new ArrayList<>();
    private int died;
    private int condemned;
    private int wrongful;
    private int missed;
    private boolean over;

    /**
     * What came of it.
     *
     * @param died hosts that really died
     * @param condemned verdicts that were stored, of hosts that died and of hosts that were cut off
     * @param wrongful orders to cut the power of a host that had not been faulty for a minute
     * @param missed hosts that died and were not condemned within a minute
     * @param ours what the product suspected, by what was the matter
     */
    record Result(
            long seed,
            double hostHours,
            int died,
            int condemned,
            int fences,
            int wrongful,
            int missed,
            Map<Condition, Integer> ours,
            Map<Condition, Integer> swim,
            Map<Condition, Integer> swimConfirmed,
            List<Double> ourDelays,
            List<Double> swimDelays,
            List<Violation> violations) {}

    private AlarmWorld(World world, Tuning tuning) {
        this.world = world;
        this.swim = new Swim(world, tuning.period(), tuning.helpers(), tuning.suspicion(), new Swim.Listener() {
            @Override
            public void suspected(Host host) {
                theirs.merge(disturbances.of(world, host), 1, Integer::sum);
                Long death = deathsOfSwim.remove(host.id());
                if (death != null) {
                    theirDelays.add((world.timeline().now() - death) / 1e9);
                }
            }

            @Override
            public void confirmed(Host host) {
                confirmed.merge(disturbances.of(world, host), 1, Integer::sum);
            }
        });
    }

    /** Plays that seed, with faults for that long. Any thread; worlds share nothing. */
    static Result play(long seed, Duration chaos, Tuning tuning, Mutation mutation) {
        int hosts = Dice.of(seed, "alarms: shape").between(LEAST_HOSTS, MOST_HOSTS);
        World world = new World(
                seed,
                new Shape(hosts, hosts / 4, 3, chaos, HEALING, Faults.none()),
                Settings.usual(),
                mutation,
                Workload.usual(),
                false);
        AlarmWorld alarms = new AlarmWorld(world, tuning);
        AllInvariants.watch(world);
        world.watch(alarms);
        world.populate();
        // A hung host is condemned where a supervisor would have answered, so all have one.
        world.hosts().forEach(host -> host.supervised(true));
        alarms.disturbances.onDeath(alarms::died);
        world.run(alarms.faults());
        double hours = world.timeline().now() / 3.6e12 * hosts;
        return new Result(
                seed,
                hours,
                alarms.died,
                alarms.condemned,
                world.figures().fences(),
                alarms.wrongful,
                alarms.missed,
                alarms.ours,
                alarms.theirs,
                alarms.confirmed,
                alarms.ourDelays,
                alarms.theirDelays,
                world.violations());
    }

    private World.Chaos faults() {
        return new World.Chaos() {
            @Override
            public void begin(World begun) {
                disturbances.begin(begun);
                swim.begin();
            }

            @Override
            public void heal(World healed) {
                over = true;
                swim.end();
                disturbances.heal(healed);
            }
        };
    }

    private void died(HostId host, long atNanos) {
        died++;
        deaths.put(host, atNanos);
        deathsOfSwim.put(host, atNanos);
        world.timeline().after(CONDEMNED_WITHIN, () -> {
            // A faulty link may have brought the verdict before the death did; it is one verdict.
            long since = atNanos - REASON_NANOS;
            if (!over && judgedAt.getOrDefault(host, Long.MIN_VALUE) < since) {
                missed++;
                world.violated(
                        invariant(), host + " died " + CONDEMNED_WITHIN.toSeconds() + " s ago and nobody condemned it");
            }
        });
    }

    @Override
    public String invariant() {
        return "exactly the faulty";
    }

    @Override
    public void suspected(HostId host, String by) {
        if (over) {
            return;
        }
        ours.merge(disturbances.of(world, world.host(host)), 1, Integer::sum);
        Long death = deaths.remove(host);
        if (death != null) {
            ourDelays.add((world.timeline().now() - death) / 1e9);
        }
    }

    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        boolean wasHeld = before == null || before.phase() instanceof Phase.Held;
        if (wasHeld && !(after.phase() instanceof Phase.Held) && !after.closed()) {
            judgedAt.put(after.host(), world.timeline().now());
            condemned++;
            judge(world.host(after.host()), "condemns");
        }
    }

    @Override
    public void cutOrdered(Host host, String controller, LeaderEpoch leader) {
        judge(host, "orders off");
    }

    private void judge(Host host, String what) {
        long since = Math.min(world.timeline().now(), judgedAt.getOrDefault(host.id(), Long.MAX_VALUE)) - REASON_NANOS;
        if (!over && !disturbances.wasFaultySince(world, host, since)) {
            wrongful++;
            world.violated(invariant(), "the leader " + what + " " + host.id() + ", which was never faulty");
        }
    }
}
