package io.holdfast.placement;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer shall have from now on, and nothing else.
 *
 * @param amounts by provider and resource class; empty for nothing
 * @param expected what its generation must be
 * @param type null to leave it as it is
 */
public record AllocationWish(
        UUID consumer,
        Map<UUID, Map<String, Integer>> amounts,
        String project,
        String user,
        @Nullable String type,
        Expected expected) {

    /** What the caller has read of a consumer's generation. */
    public sealed interface Expected {
        /** The caller compares nothing, as before 1.28. */
        record Anything() implements Expected {}

        /** It has no allocations yet. */
        record Nothing() implements Expected {}

        record Generation(long value) implements Expected {}
    }

    public AllocationWish {
        amounts = Map.copyOf(amounts);
    }
}
