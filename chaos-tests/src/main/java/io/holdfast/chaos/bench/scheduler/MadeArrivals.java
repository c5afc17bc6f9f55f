package io.holdfast.chaos.bench.scheduler;

import io.holdfast.chaos.bench.scheduler.Arrivals.Arrival;
import io.holdfast.model.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Arrivals where there is no trace: as many small ones as real clouds have, a few large ones, most of them gone within hours. The same
 * number makes the same arrivals.
 */
final class MadeArrivals {

    /** vCPU, MiB, and how many of a hundred: what the public traces have in common. */
    private static final int[][] FLAVORS = {{1, 1792, 60}, {2, 3584, 18}, {4, 7168, 11}, {8, 14336, 9}, {8, 57344, 2}};

    private static final int EVERY_SECONDS = 300;
    private static final int AT_ONCE_MAX = 500;
    private static final long SHORT_MAX = 4 * 3600;
    private static final long LONG_MAX = 5 * 24 * 3600;

    private MadeArrivals() {}

    static Arrivals of(int count) {
        SplittableRandom random = new SplittableRandom(1);
        List<Arrival> all = new ArrayList<>(count);
        for (long second = 0; all.size() < count; second += EVERY_SECONDS) {
            int now = Math.min(count - all.size(), random.nextInt(1, AT_ONCE_MAX));
            for (int i = 0; i < now; i++) {
                int which = random.nextInt(100);
                int flavor = 0;
                for (int below = FLAVORS[0][2]; which >= below; below += FLAVORS[flavor][2]) {
                    flavor++;
                }
                boolean isShort = random.nextInt(100) < 80;
                all.add(new Arrival(
                        second,
                        new Resources(FLAVORS[flavor][0], FLAVORS[flavor][1], 0),
                        random.nextLong(EVERY_SECONDS, isShort ? SHORT_MAX : LONG_MAX)));
            }
        }
        return new Arrivals("made arrivals", all);
    }
}
