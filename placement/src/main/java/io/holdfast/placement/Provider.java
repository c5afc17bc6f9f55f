package io.holdfast.placement;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A provider at one moment.
 *
 * @param generation rises with every change of it
 * @param parent what it is a part of, or null
 * @param root the uppermost of those; itself when it is no part
 * @param host whether it is a host
 * @param open false for a host that takes no claims just now: condemned, disabled, in maintenance and so on
 * @param inventories by resource class
 * @param used how much consumers have, by resource class; what is missing is 0
 * @param aggregates compute's that the host is in, and others
 * @param updatedAt its last change, wall time
 */
public record Provider(
        UUID uuid,
        String name,
        long generation,
        @Nullable UUID parent,
        UUID root,
        boolean host,
        boolean open,
        Map<String, Inventory> inventories,
        Map<String, Long> used,
        Set<String> traits,
        Set<UUID> aggregates,
        Instant updatedAt) {

    public Provider {
        inventories = Map.copyOf(inventories);
        used = Map.copyOf(used);
        traits = Set.copyOf(traits);
        aggregates = Set.copyOf(aggregates);
    }

    public long used(String resourceClass) {
        return used.getOrDefault(resourceClass, 0L);
    }

    /** Whether one consumer more could have so much of it. */
    public boolean fits(String resourceClass, long amount) {
        Inventory inventory = inventories.get(resourceClass);
        return inventory != null && inventory.deals(amount) && inventory.holds(used(resourceClass), amount);
    }
}
