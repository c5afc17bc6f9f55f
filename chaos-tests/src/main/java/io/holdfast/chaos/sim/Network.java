package io.holdfast.chaos.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who reaches whom. Parties are names: {@code c1} a controller, {@code h1} a host, {@code bmc-h1} its power device,
 * {@code zookeeper}, {@code database}, {@code storage}. What is wrong is a list of troubles; without any, everything
 * arrives within a millisecond.
 */
public final class Network {

    public static final String ZOOKEEPER = "zookeeper";
    public static final String DATABASE = "database";
    public static final String STORAGE = "storage";

    /** The separate nets. A trouble is of one of them. */
    public enum Net {
        /** Controllers, agents, ZooKeeper and the database. */
        MANAGEMENT,
        /** Hosts and the shared storage. */
        STORAGE,
        /** Controllers and power devices. */
        POWER
    }

    private static final Duration SHORTEST = Duration.ofNanos(200_000);
    private static final Duration USUAL = Duration.ofMillis(1);
    private static final Duration RETRANSMISSION = Duration.ofMillis(200);
    private static final int RETRANSMISSIONS = 15;

    /**
     * Something that is wrong, from any of {@code from} to any of {@code to}; an empty set is everybody.
     *
     * @param loss the share of datagrams that do not arrive; 1 is a cut
     * @param delay at most this much is added
     */
    public record Trouble(String name, Net net, Set<String> from, Set<String> to, double loss, Duration delay) {
        public Trouble {
            from = inOrder(from);
            to = inOrder(to);
        }

        /** By name, so that every run goes through them alike, and asked for one by one at no cost. */
        private static Set<String> inOrder(Set<String> parties) {
            return Collections.unmodifiableSet(new LinkedHashSet<>(new TreeSet<>(parties)));
        }

        boolean concerns(Net other, String sender, String receiver) {
            return net == other && (from.isEmpty() || from.contains(sender)) && (to.isEmpty() || to.contains(receiver));
        }
    }

    private final Timeline timeline;
    private final Dice dice;
    private final List<Trouble> troubles = new ArrayList<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private double duplicates;

    /** Since the last change: where anything is wrong at all, and what delays. Most messages meet neither. */
    private final Set<Net> troubled = EnumSet.noneOf(Net.class);

    private List<Trouble> slowing = List.of();

    /** What {@link #loss} found since the last change, by net, sender and receiver. */
    private final Map<Net, Map<String, Map<String, Double>>> found = new EnumMap<>(Net.class);

    Network(Timeline timeline, Dice dice) {
        this.timeline = timeline;
        this.dice = dice;
    }

    /** Called after every change of who reaches whom. */
    void onChange(Runnable listener) {
        listeners.add(listener);
    }

    public void begin(Trouble trouble) {
        troubles.add(trouble);
        changed();
    }

    public void end(Trouble trouble) {
        if (troubles.remove(trouble)) {
            changed();
        }
    }

    /** Begins several at the same moment. */
    public void beginAll(List<Trouble> several) {
        troubles.addAll(several);
        changed();
    }

    /** Ends several at the same moment. */
    public void endAll(List<Trouble> several) {
        Set<Trouble> these = new HashSet<>(several);
        if (troubles.removeIf(these::contains)) {
            changed();
        }
    }

    /** Ends all troubles that the predicate names. */
    public void endIf(java.util.function.Predicate<Trouble> which) {
        if (troubles.removeIf(which)) {
            changed();
        }
    }

    /** Cuts both directions. */
    public List<Trouble> cut(String name, Net net, Set<String> one, Set<String> other) {
        List<Trouble> both = bothWays(name, net, one, other);
        beginAll(both);
        return both;
    }

    /** A cut of both directions, which has not begun yet. */
    static List<Trouble> bothWays(String name, Net net, Set<String> one, Set<String> other) {
        return List.of(
                new Trouble(name, net, one, other, 1, Duration.ZERO),
                new Trouble(name, net, other, one, 1, Duration.ZERO));
    }

    private void changed() {
        found.clear();
        troubled.clear();
        troubles.forEach(trouble -> troubled.add(trouble.net()));
        slowing = troubles.stream()
                .filter(trouble -> trouble.delay().isPositive())
                .toList();
        List.copyOf(listeners).forEach(Runnable::run);
    }

    /** @param share of orders and notices that arrive again, up to half a minute later */
    public void duplicate(double share) {
        duplicates = share;
    }

    /** The share of datagrams of that direction which do not arrive. */
    public double loss(Net net, String from, String to) {
        if (!troubled.contains(net)) {
            return 0;
        }
        Map<String, Double> ways =
                found.computeIfAbsent(net, _ -> new HashMap<>()).computeIfAbsent(from, _ -> new HashMap<>());
        Double known = ways.get(to);
        if (known == null) {
            known = reckonedLoss(net, from, to);
            ways.put(to, known);
        }
        return known;
    }

    private double reckonedLoss(Net net, String from, String to) {
        double passes = 1;
        for (Trouble trouble : troubles) {
            if (trouble.concerns(net, from, to)) {
                passes *= 1 - trouble.loss();
            }
        }
        return 1 - passes;
    }

    /** The share of questions that get no answer. */
    public double roundTripLoss(Net net, String one, String other) {
        return !troubled.contains(net) ? 0 : 1 - (1 - loss(net, one, other)) * (1 - loss(net, other, one));
    }

    /** Whether something arrives at all, both ways. */
    public boolean connected(Net net, String one, String other) {
        return roundTripLoss(net, one, other) < 1;
    }

    /** A datagram. */
    public void send(Net net, String from, String to, Runnable arrival) {
        if (!dice.chance(loss(net, from, to))) {
            timeline.after(delay(net, from, to, dice), arrival);
        }
    }

    /**
     * A message on a connection: what is lost is sent again until it arrives or the connection is given up.
     *
     * @param repeatable whether somebody who missed the answer may send it again, so that it arrives twice
     * @return whether it arrives; otherwise the connection is given up
     */
    public boolean transmit(Net net, String from, String to, boolean repeatable, Runnable arrival) {
        Duration takes = onConnection(net, from, to, dice);
        if (takes == null) {
            return false;
        }
        timeline.after(takes, arrival);
        if (repeatable && dice.chance(duplicates)) {
            timeline.after(
                    dice.between(Duration.ofMillis(1), Duration.ofSeconds(30)), () -> send(net, from, to, arrival));
        }
        return true;
    }

    /**
     * How long a message on a connection is under way; null if the connection is given up.
     *
     * @param chances of whoever sends it
     */
    @Nullable
    Duration onConnection(Net net, String from, String to, Dice chances) {
        double lost = roundTripLoss(net, from, to);
        Duration waited = Duration.ZERO;
        for (int i = 0; chances.chance(lost); i++) {
            if (i == RETRANSMISSIONS) {
                return null;
            }
            waited = waited.plus(RETRANSMISSION);
        }
        return waited.plus(delay(net, from, to, chances));
    }

    /** The longest that a question and its answer may be under way. */
    Duration slowestRoundTrip(Net net, String one, String other) {
        Duration longest = USUAL.multipliedBy(2);
        for (Trouble trouble : slowing) {
            longest = trouble.concerns(net, one, other) ? longest.plus(trouble.delay()) : longest;
            longest = trouble.concerns(net, other, one) ? longest.plus(trouble.delay()) : longest;
        }
        return longest;
    }

    private Duration delay(Net net, String from, String to, Dice chances) {
        Duration delay = chances.between(SHORTEST, USUAL);
        for (Trouble trouble : slowing) {
            if (trouble.concerns(net, from, to)) {
                delay = delay.plus(chances.between(Duration.ZERO, trouble.delay()));
            }
        }
        return delay;
    }
}
