package io.holdfast.placement;

import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Allocations that would be granted now.
 *
 * @param amounts by provider and resource class
 * @param mappings which providers each group comes from
 */
public record Candidate(Map<UUID, Map<String, Long>> amounts, Map<String, Set<UUID>> mappings) {

    public Candidate {
        amounts = Map.copyOf(amounts);
        mappings = Map.copyOf(mappings);
    }
}
