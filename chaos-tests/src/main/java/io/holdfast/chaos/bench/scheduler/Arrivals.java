package io.holdfast.chaos.bench.scheduler;

import io.holdfast.model.Resources;
import java.util.List;

/**
 * Machines that come, each with the time that it stays.
 *
 * @param source in words, for the report
 * @param all in the order in which they come
 */
record Arrivals(String source, List<Arrival> all) {

    Arrivals {
        all = List.copyOf(all);
    }

    /**
     * @param second when it comes, from the beginning of the trace
     * @param seconds how long it stays; {@link Long#MAX_VALUE} for one that is still there at the trace's end
     */
    record Arrival(long second, Resources wants, long seconds) {

        long gone() {
            return seconds > Long.MAX_VALUE - second ? Long.MAX_VALUE : second + seconds;
        }
    }
}
