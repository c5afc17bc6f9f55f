package io.holdfast.chaos.sim;

import io.holdfast.model.Resources;
import java.util.List;

/** What sizes instances have. */
public interface Workload {

    Resources next(Dice dice);

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
