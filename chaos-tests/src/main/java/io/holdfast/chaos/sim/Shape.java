package io.holdfast.chaos.sim;

import java.time.Duration;

/**
 * How large a world is, and how long it lasts.
 *
 * @param hosts 1 to 1000
 * @param instances at the beginning, 0 to 10000
 * @param controllers 1 to 9
 * @param chaos how long faults happen; afterwards the core heals
 * @param healing how long liveness may take after that
 * @param faults which faults may happen
 */
public record Shape(int hosts, int instances, int controllers, Duration chaos, Duration healing, Faults faults) {

    public Shape {
        within("hosts", hosts, 1, 1000);
        within("instances", instances, 0, 10_000);
        within("controllers", controllers, 1, 9);
        if (chaos.isNegative()) {
            throw new IllegalArgumentException("minutes must not be negative");
        }
    }

    private static void within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be between " + least + " and " + most + ", is " + value);
        }
    }
}
