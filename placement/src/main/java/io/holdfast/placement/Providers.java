package io.holdfast.placement;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Providers and what they offer. Each verb is durable when it returns; refusals are {@link PlacementException}s. A generation that is
 * given must be the present one (CONCURRENT_UPDATE), null asks for none. Thread-safe.
 */
public interface Providers {

    /** All, as they are at one moment, by name. */
    List<Provider> list();

    Optional<Provider> find(UUID provider);

    /** @throws PlacementException DUPLICATE_NAME; INVALID for a parent that is not there; LIMIT */
    Provider create(UUID provider, String name, @Nullable UUID parent);

    /**
     * @param parent looked at together with what it is at that moment
     * @param free whether a provider that has a parent may be given another one, or none
     * @throws PlacementException INVALID for a parent that is not there, a part of itself, or one that may not be changed; CONFLICT for a
     *     host, which has the name that it introduces itself with and is a part of nothing; LIMIT for a tree that becomes too deep
     */
    Provider change(UUID provider, String name, Parent parent, boolean free);

    /** What a provider shall be a part of. */
    sealed interface Parent {
        /** As it is. */
        record Same() implements Parent {}

        record None() implements Parent {}

        record Of(UUID provider) implements Parent {}

        static Parent of(@Nullable UUID provider) {
            return provider == null ? new None() : new Of(provider);
        }
    }

    /** @throws PlacementException PROVIDER_IN_USE, PROVIDER_HAS_PARTS; CONFLICT for a host */
    void delete(UUID provider);

    /**
     * Changes what it offers.
     *
     * @param change gets the wishes that would leave everything as it is, returns those that shall be
     * @throws PlacementException INVENTORY_IN_USE when less would be offered than is used up of a class that goes; CONFLICT for what a host
     *     says of itself; INVALID
     */
    Provider offer(UUID provider, @Nullable Long generation, UnaryOperator<Map<String, InventoryWish>> change);

    /** @throws PlacementException INVALID for one that is not known; CONFLICT for what a host's state says */
    Provider describe(UUID provider, @Nullable Long generation, Set<String> traits);

    /** @throws PlacementException CONFLICT for compute's aggregates, whose hosts are changed there */
    Provider gather(UUID provider, @Nullable Long generation, Set<UUID> aggregates);
}
