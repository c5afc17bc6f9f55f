package io.holdfast.chaos.bench.alarms;

import io.holdfast.chaos.sim.Controller;
import io.holdfast.chaos.sim.Dice;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Network;
import io.holdfast.chaos.sim.Network.Net;
import io.holdfast.chaos.sim.Network.Trouble;
import io.holdfast.chaos.sim.World;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The faults of the false alarms: agents and controllers stand still as in a garbage collection, a tenth of the hosts loses a fifth of
 * its datagrams in each direction, links come and go, directions are cut; and now and then a host really dies. Nothing else: BMCs
 * answer, the database and ZooKeeper are there.
 *
 * <p>It knows what it did, and so what is the matter with each host; nobody else has to guess.
 */
final class Disturbances implements World.Chaos {

    /** A suspicion may be told so long after what it is about. */
    private static final long MEMORY_NANOS = 2_000_000_000L;

    /** Whoever was switched on so lately may not have found everybody yet. */
    private static final long BOOT_NANOS = 30_000_000_000L;

    private static final long RETURNS_AFTER_NANOS = 120_000_000_000L;

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final double LOSS = 0.2;

    private final Map<HostId, Long> cutUntil = new HashMap<>();
    private final Map<HostId, Integer> cuts = new HashMap<>();
    private final Map<HostId, Long> pausedUntil = new HashMap<>();
    private final Map<HostId, Long> linkUntil = new HashMap<>();
    private final Map<HostId, Long> lossyUntil = new HashMap<>();
    private final Map<HostId, Long> offSince = new HashMap<>();
    private List<Trouble> losses = List.of();
    private Set<HostId> lossy = Set.of();
    private Deaths deaths = (host, at) -> {};
    private boolean healed;

    /** Hears of each real death, of a host that was well enough to be missed. */
    interface Deaths {
        void died(HostId host, long atNanos);
    }

    void onDeath(Deaths listener) {
        deaths = listener;
    }

    // ---- what is the matter

    Condition of(World world, Host host) {
        long since = world.timeline().now() - MEMORY_NANOS;
        HostId id = host.id();
        if (!host.runs()
                || (host.agent() == null)
                || host.lastWithoutPower() > since - BOOT_NANOS
                || cutUntil.getOrDefault(id, 0L) > since) {
            return Condition.FAULTY;
        }
        if (pausedUntil.getOrDefault(id, 0L) > since) {
            return Condition.PAUSED;
        }
        if (lossy.contains(id) || lossyUntil.getOrDefault(id, 0L) > since) {
            return Condition.LOSSY;
        }
        return linkUntil.getOrDefault(id, 0L) > since ? Condition.ONE_LINK : Condition.WELL;
    }

    /** Whether it was faulty at any time since then: whoever condemns it had a reason. */
    boolean wasFaultySince(World world, Host host, long sinceNanos) {
        HostId id = host.id();
        return !host.runs()
                || host.agent() == null
                || host.lastWithoutPower() > sinceNanos
                || cutUntil.getOrDefault(id, 0L) > sinceNanos;
    }

    // ---- bringing it about

    @Override
    public void begin(World world) {
        int hosts = world.hosts().size();
        Dice agents = world.dice("alarms: pauses of agents");
        every(world, agents, Duration.ofMinutes(10).dividedBy(hosts), () -> pauseAgent(world, agents));
        Dice controllers = world.dice("alarms: pauses of controllers");
        every(world, controllers, Duration.ofSeconds(40), () -> {
            Controller one = controllers.pick(world.controllers());
            one.pause();
            later(world, controllers.between(Duration.ofMillis(200), Duration.ofSeconds(5)), one::goOn);
        });
        Dice loss = world.dice("alarms: loss");
        changeLossy(world, loss);
        every(world, loss, Duration.ofMinutes(10), () -> changeLossy(world, loss));
        Dice flips = world.dice("alarms: flip-flop");
        every(world, flips, Duration.ofMinutes(10), () -> {
            boolean slow = flips.chance(0.5);
            flip(
                    world,
                    anyWell(world, flips),
                    slow ? 3 : 6,
                    slow ? Duration.ofSeconds(20) : flips.between(Duration.ofMillis(200), SECOND.multipliedBy(2)),
                    slow ? Duration.ofSeconds(40) : SECOND.multipliedBy(5));
        });
        Dice oneWay = world.dice("alarms: one-way");
        every(world, oneWay, Duration.ofMinutes(3), () -> oneWay(world, oneWay));
        Dice dying = world.dice("alarms: deaths");
        every(world, dying, Duration.ofMinutes(3), () -> {
            Host host = anyWell(world, dying);
            if (of(world, host) == Condition.WELL) {
                if (dying.chance(0.7)) {
                    host.losePower("its supply fails");
                } else {
                    host.hang();
                }
                deaths.died(host.id(), world.timeline().now());
            }
        });
        Dice returns = world.dice("alarms: returns");
        every(
                world,
                returns,
                Duration.ofSeconds(30),
                () -> world.hosts().forEach(host -> {
                    if (host.hasPower()) {
                        offSince.remove(host.id());
                    } else if (world.timeline().now()
                                    - offSince.computeIfAbsent(
                                            host.id(), _ -> world.timeline().now())
                            > RETURNS_AFTER_NANOS) {
                        offSince.remove(host.id());
                        host.boot();
                    }
                }));
    }

    private void every(World world, Dice dice, Duration mean, Runnable what) {
        world.timeline().after(dice.untilNext(mean), () -> {
            if (!healed) {
                what.run();
                every(world, dice, mean, what);
            }
        });
    }

    private void later(World world, Duration delay, Runnable what) {
        world.timeline().after(delay, () -> {
            if (!healed) {
                what.run();
            }
        });
    }

    private static Host anyWell(World world, Dice dice) {
        List<Host> running = world.hosts().stream()
                .filter(host -> host.runs() && host.agent() != null)
                .toList();
        return dice.pick(running.isEmpty() ? List.copyOf(world.hosts()) : running);
    }

    private void pauseAgent(World world, Dice dice) {
        Host host = anyWell(world, dice);
        Duration time = dice.between(Duration.ofMillis(100), SECOND.multipliedBy(2));
        if (host.runs() && host.agent() != null) {
            pausedUntil.merge(host.id(), world.timeline().now() + time.toNanos(), Math::max);
            host.agentHangs(true);
            later(world, time, () -> host.agentHangs(false));
        }
    }

    private void changeLossy(World world, Dice dice) {
        long now = world.timeline().now();
        lossy.forEach(host -> lossyUntil.put(host, now));
        List<Host> all = new ArrayList<>(world.hosts());
        Set<HostId> chosen = new HashSet<>();
        Set<String> parties = new TreeSet<>();
        for (int i = 0; i < Math.max(1, world.hosts().size() / 10); i++) {
            Host one = all.remove(dice.between(0, all.size() - 1));
            chosen.add(one.id());
            parties.add(one.party());
        }
        lossy = chosen;
        world.network().endAll(losses);
        losses = List.of(
                new Trouble("20 % loss", Net.MANAGEMENT, parties, Set.of(), LOSS, Duration.ZERO),
                new Trouble("20 % loss", Net.MANAGEMENT, Set.of(), parties, LOSS, Duration.ZERO));
        world.story().tell("network", "20 % loss of " + String.join(", ", parties));
        world.network().beginAll(losses);
    }

    private void flip(World world, Host host, int times, Duration off, Duration on) {
        if (times > 0) {
            cutOff(world, host, everybodyBut(world, host), true, true, off);
            later(world, off.plus(on), () -> flip(world, host, times - 1, off, on));
        }
    }

    private void oneWay(World world, Dice dice) {
        Host host = anyWell(world, dice);
        boolean out = dice.chance(0.5);
        Duration time = dice.between(SECOND.multipliedBy(5), Duration.ofMinutes(1));
        if (dice.chance(0.5)) {
            cutOff(world, host, everybodyBut(world, host), out, !out, time);
            return;
        }
        String other = switch (dice.between(0, 2)) {
            case 0 -> Network.ZOOKEEPER;
            case 1 -> dice.pick(world.controllers()).name();
            default -> anyWell(world, dice).party();
        };
        if (!other.equals(host.party())) {
            linkUntil.merge(host.id(), world.timeline().now() + time.toNanos(), Math::max);
            world.hosts().stream()
                    .filter(one -> one.party().equals(other))
                    .forEach(one -> linkUntil.merge(one.id(), world.timeline().now() + time.toNanos(), Math::max));
            trouble(world, host, Set.of(other), out, time);
        }
    }

    private static Set<String> everybodyBut(World world, Host host) {
        Set<String> rest = new TreeSet<>(Set.of(Network.ZOOKEEPER, Network.DATABASE));
        world.hosts().forEach(one -> rest.add(one.party()));
        world.controllers().forEach(one -> rest.add(one.name()));
        rest.remove(host.party());
        return rest;
    }

    private void cutOff(World world, Host host, Set<String> rest, boolean out, boolean in, Duration time) {
        HostId id = host.id();
        cuts.merge(id, 1, Integer::sum);
        cutUntil.put(id, Long.MAX_VALUE);
        world.story()
                .tell(
                        "network",
                        host.party() + " is cut off for " + time.toMillis() + " ms"
                                + (out && in
                                        ? ""
                                        : out ? ": it hears, and is not heard" : ": it is heard, and hears nobody"));
        if (out) {
            trouble(world, host, rest, true, time);
        }
        if (in) {
            trouble(world, host, rest, false, time);
        }
        later(world, time, () -> {
            if (cuts.merge(id, -1, Integer::sum) == 0) {
                cutUntil.put(id, world.timeline().now());
            }
        });
    }

    private void trouble(World world, Host host, Set<String> others, boolean out, Duration time) {
        Set<String> self = Set.of(host.party());
        Trouble cut = new Trouble(
                "cut of " + host.party() + " at " + world.timeline().now() + (out ? " out" : " in"),
                Net.MANAGEMENT,
                out ? self : others,
                out ? others : self,
                1,
                Duration.ZERO);
        world.network().begin(cut);
        later(world, time, () -> world.network().end(cut));
    }

    @Override
    public void heal(World world) {
        healed = true;
        world.network().endIf(_ -> true);
        for (Controller controller : world.controllers()) {
            controller.goOn();
            controller.start();
        }
        for (Host host : world.hosts()) {
            host.agentHangs(false);
        }
    }
}
