package io.holdfast.placement;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Allocations of all consumers, instances among them. Thread-safe. */
public interface Allocations {

    /** By provider; none for who has nothing. */
    List<Allocation> of(UUID consumer);

    /** By consumer. */
    List<Allocation> at(UUID provider);

    /**
     * All at once or none.
     *
     * @throws PlacementException INVALID for a provider or class that is not there, and for more than 1,000 pairs of a consumer and a provider; CONCURRENT_UPDATE; CONFLICT when there is no room, the
     *     host takes no claims, or the consumer is an instance; LIMIT
     */
    void put(List<AllocationWish> wishes);

    /** @throws PlacementException NOT_FOUND when it has none; CONFLICT for an instance */
    void delete(UUID consumer);

    /**
     * Changes what providers offer and what consumers have in one step; what is between the two need not fit.
     *
     * @throws PlacementException as the single verbs
     */
    void reshape(Map<UUID, Offer> offers, List<AllocationWish> wishes);

    /** What a provider shall offer from now on. */
    record Offer(long generation, Map<String, InventoryWish> inventories) {}

    /** What consumers of a project have, by type, the one without a name under "unknown". */
    Map<String, Usage> usages(String project, @Nullable String user);

    record Usage(long consumers, Map<String, Long> amounts) {

        public static final String UNKNOWN = "unknown";

        public Usage {
            amounts = Map.copyOf(amounts);
        }
    }
}
