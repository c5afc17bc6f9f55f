package io.holdfast.chaos.sim;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.HashMap;
import java.util.Map;

/** Instances that cannot be started at the destination of a planned move, a number of times. */
public final class Migrations {

    private final World world;
    private final Map<InstanceId, Integer> failing = new HashMap<>();

    Migrations(World world) {
        this.world = world;
    }

    /** @param times how many of its next starts at a destination fail */
    public void fail(InstanceId instance, int times) {
        failing.put(instance, times);
    }

    /** Whether this start fails: one away from the home that a planned move began at. */
    boolean refusesStart(InstanceId instance, HostId on) {
        int left = failing.getOrDefault(instance, 0);
        boolean destination = left > 0
                && world.database().openMoves().stream()
                        .anyMatch(move -> move.instance().equals(instance)
                                && !move.origin().equals(on));
        if (destination) {
            failing.put(instance, left - 1);
        }
        return destination;
    }
}
