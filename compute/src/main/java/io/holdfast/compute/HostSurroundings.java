package io.holdfast.compute;

import java.util.Map;
import java.util.Set;

/**
 * What matters to placement on a host and is not its own: the aggregates that it is in, and what is said of it from outside.
 *
 * @param metadata by key, what the aggregates have that it is in
 */
public record HostSurroundings(Map<String, Set<String>> metadata, HostAdvice advice) {

    public static final HostSurroundings NONE = new HostSurroundings(Map.of(), HostAdvice.NONE);

    public HostSurroundings {
        metadata = Map.copyOf(metadata);
    }

    /** In aggregates of this metadata, and nobody outside says anything. */
    public static HostSurroundings of(Map<String, Set<String>> metadata) {
        return new HostSurroundings(metadata, HostAdvice.NONE);
    }
}
