package io.holdfast.chaos.sim;

import io.holdfast.model.Fact;
import java.time.Duration;
import java.util.List;

/**
 * The outbox and those who listen: every owner's project, and the operators. What stands in the outbox is delivered by
 * whichever controller can, at least once; what is told at once goes only as far as the teller lives.
 */
final class Subscribers {

    private final World world;
    private final Dice dice;
    private double duplicates;

    Subscribers(World world) {
        this.world = world;
        this.dice = world.dice("subscribers");
    }

    void duplicate(double share) {
        duplicates = share;
    }

    /** A fact was stored with the transaction that made it true. */
    void outbox(Fact fact) {
        world.timeline().after(dice.between(Duration.ofMillis(10), Duration.ofMillis(500)), () -> deliver(fact));
    }

    private void deliver(Fact fact) {
        boolean anybody = world.weather().isUp()
                && world.controllers().stream()
                        .anyMatch(controller -> controller.runs()
                                && world.network()
                                        .connected(Network.Net.MANAGEMENT, controller.name(), Network.DATABASE));
        if (!anybody) {
            world.timeline().after(Duration.ofSeconds(1), () -> deliver(fact));
            return;
        }
        tell(fact);
        if (dice.chance(duplicates)) {
            world.timeline().after(dice.between(Duration.ofMillis(100), Duration.ofSeconds(30)), () -> tell(fact));
        }
    }

    void tellNow(String controller, List<Fact> facts) {
        facts.forEach(this::tell);
    }

    private void tell(Fact fact) {
        for (Fact told : world.mutation().told(world, fact)) {
            world.checkers().told(told.project(), told);
            world.consumers().heard(told);
        }
    }
}
