package io.holdfast.chaos.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * Lets hosts fail as a {@link FailureHistory} has it: bursts come without memory, as often as recorded; each is one of the
 * recorded ones, on hosts by chance.
 *
 * <p>Real hosts fail once a year. A world of ten minutes that waits for that shows nothing, so by default bursts come
 * every three minutes, and a minute of repair passes in a second; what stays real is how many fail together, how far apart
 * within the burst, of what, and how long one is out compared with another.
 */
public final class HistoricFailures {

    private static final Duration USUAL = Duration.ofMinutes(3);
    private static final Duration SHORTEST = Duration.ofSeconds(5);
    private static final int SECONDS_OF_A_MINUTE = 60;

    private final FailureHistory history;
    private final double times;

    /** @param times how many times as often as recorded they come; 0 for the usual pace of a world */
    public HistoricFailures(FailureHistory history, double times) {
        if (!(times >= 0)) {
            throw new IllegalArgumentException("failures come at least 0 times as often, not " + times);
        }
        this.history = history;
        this.times = times;
    }

    /** Begins, and goes on until it is over. */
    void begin(World world, Dice dice, BooleanSupplier over) {
        world.timeline().after(dice.untilNext(between(world.hosts().size())), () -> {
            if (!over.getAsBoolean()) {
                burst(world, dice, over);
                begin(world, dice, over);
            }
        });
    }

    private Duration between(int hosts) {
        return times == 0
                ? USUAL
                : Duration.ofNanos((long) Math.max(1e6, history.between().toMillis() * 1e6 / hosts / times));
    }

    private void burst(World world, Dice dice, BooleanSupplier over) {
        List<Host> left = new ArrayList<>(world.hosts());
        for (FailureHistory.Failure failure : dice.pick(history.bursts())) {
            if (left.isEmpty()) {
                return;
            }
            Host host = dice.pick(left);
            left.remove(host);
            world.timeline().after(scaled(failure.offset()), () -> {
                if (!over.getAsBoolean()) {
                    strike(world, host, failure, over);
                }
            });
        }
    }

    private void strike(World world, Host host, FailureHistory.Failure failure, BooleanSupplier over) {
        Duration down = scaled(failure.down());
        Duration out = down.compareTo(SHORTEST) < 0 ? SHORTEST : down;
        Runnable repaired = switch (failure.kind()) {
            case POWER -> {
                host.losePower("a recorded failure");
                yield host::boot;
            }
            case KERNEL -> {
                host.hang();
                yield () -> {
                    host.goOn();
                    host.boot();
                };
            }
            case NETWORK -> {
                world.story().tell(host.party(), "is cut off (a recorded failure)");
                List<Network.Trouble> cuts =
                        Network.bothWays("recorded", Network.Net.MANAGEMENT, Set.of(host.party()), others(world, host));
                world.network().beginAll(cuts);
                yield () -> {
                    world.network().endAll(cuts);
                    host.boot();
                };
            }
        };
        world.timeline().after(out, () -> {
            if (!over.getAsBoolean()) {
                repaired.run();
            }
        });
    }

    private static Set<String> others(World world, Host host) {
        Set<String> others = new TreeSet<>(Set.of(Network.ZOOKEEPER));
        world.hosts().forEach(other -> others.add(other.party()));
        world.controllers().forEach(controller -> others.add(controller.name()));
        others.remove(host.party());
        return others;
    }

    private Duration scaled(Duration recorded) {
        return times == 1 ? recorded : recorded.dividedBy(SECONDS_OF_A_MINUTE);
    }
}
