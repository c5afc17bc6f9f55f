package io.holdfast.compute;

import io.holdfast.model.HostTopology;
import io.holdfast.model.Stock;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What matters to placement on a host beside its size: the aggregates that it is in, what Placement's clients
 * say that it is, what is said of it from outside, and what is left of its cells.
 *
 * @param metadata by key, what the aggregates have that it is in
 * @param traits in Placement's words
 * @param stocks by resource class, what it has besides processors, memory and disk
 * @param buildFailures new instances that it could not start within the last hour, and that are still there
 * @param busyPercent how much of its processors was in use of late, 0 to 100, as its agent says; null when it has not said it for minutes
 * @param cells what no instance has of its cells
 */
public record HostSurroundings(
        Map<String, Set<String>> metadata,
        Set<String> traits,
        Map<String, Stock> stocks,
        int buildFailures,
        @Nullable Integer busyPercent,
        HostAdvice advice,
        HostTopology cells) {

    public static final HostSurroundings NONE = new HostSurroundings(Map.of(), Set.of(), Map.of(), 0, HostAdvice.NONE);

    public HostSurroundings {
        metadata = Map.copyOf(metadata);
        traits = Set.copyOf(traits);
        stocks = Map.copyOf(stocks);
    }

    /** Of a host that has said neither what its cells are nor how busy it is. */
    public HostSurroundings(
            Map<String, Set<String>> metadata,
            Set<String> traits,
            Map<String, Stock> stocks,
            int buildFailures,
            HostAdvice advice) {
        this(metadata, traits, stocks, buildFailures, null, advice, HostTopology.NONE);
    }

    /** In aggregates of this metadata, without traits, and nobody outside says anything. */
    public static HostSurroundings of(Map<String, Set<String>> metadata) {
        return new HostSurroundings(metadata, Set.of(), Map.of(), 0, HostAdvice.NONE);
    }
}
