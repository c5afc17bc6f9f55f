package io.holdfast.placement;

import java.util.Map;
import java.util.UUID;

/** What one consumer has of one provider. */
public record Allocation(Consumer consumer, UUID provider, Map<String, Long> amounts) {

    public Allocation {
        amounts = Map.copyOf(amounts);
    }
}
