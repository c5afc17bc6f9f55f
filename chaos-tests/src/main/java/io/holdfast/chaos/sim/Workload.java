package io.holdfast.chaos.sim;

import io.holdfast.model.Resources;
import java.util.List;
import java.util.Optional;

/** What sizes instances have, and how much their owners say. */
public interface Workload {

    Resources next(Dice dice);

    /** The share of worlds in which owners say how their instances are recovered: order, groups, limits. */
    default double words() {
        return 0.5;
    }

    /** Those that come and go while faults happen; empty when all are there from the beginning. */
    default Optional<RecordedVisits> visits() {
        return Optional.empty();
    }

    /** Without a trace: small ones are many, large ones few. */
    static Workload usual() {
        List<Resources> sizes = List.of(
                new Resources(1, 1024, 10),
                new Resources(1, 2048, 10),
                new Resources(1, 2048, 10),
                new Resources(2, 4096, 20),
                new Resources(4, 8192, 40));
        return dice -> dice.pick(sizes);
    }
}
