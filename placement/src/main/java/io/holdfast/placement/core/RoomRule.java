package io.holdfast.placement.core;

import io.holdfast.placement.Inventory;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.PlacementException.Problem;
import io.holdfast.placement.Provider;
import java.util.Map;

/** Whether a provider has what consumers want of it. */
public final class RoomRule {

    private RoomRule() {}

    /**
     * For one consumer and class, which may keep or give back what it has always; what all consumers of one change want together is {@link #requireRoom}'s.
     *
     * @param had what this consumer had of it before, 0 or more
     * @throws PlacementException CONFLICT, in Placement's words
     */
    public static void requireDeal(Provider provider, String resourceClass, long had, long wants) {
        if (wants <= had) {
            // Also where nothing of it is offered any more, as by a host that came back without.
            return;
        }
        Inventory inventory = provider.inventories().get(resourceClass);
        if (inventory == null) {
            throw new PlacementException(
                    Problem.CONFLICT,
                    "Unable to allocate inventory: Inventory for '" + resourceClass + "' on resource provider '"
                            + provider.uuid() + "' invalid.");
        }
        if (!inventory.deals(wants)) {
            throw refused(provider, resourceClass, "The requested amount would violate inventory constraints.");
        }
    }

    /**
     * What is given back may leave more in use than there is room for, as where a host came back smaller; nothing new is taken then.
     *
     * @param had by resource class, what the consumers of the change had of it before
     * @param wants what they shall have
     * @throws PlacementException CONFLICT, in Placement's words
     */
    public static void requireRoom(Provider provider, Map<String, Long> had, Map<String, Long> wants) {
        wants.forEach((name, amount) -> {
            long before = had.getOrDefault(name, 0L);
            if (amount <= before) {
                return;
            }
            if (!provider.open()) {
                throw refused(provider, name, "The host takes no claims.");
            }
            Inventory inventory = provider.inventories().get(name);
            if (inventory == null || !inventory.holds(provider.used(name) - before, amount)) {
                throw refused(provider, name, "The requested amount would exceed the capacity.");
            }
        });
    }

    private static PlacementException refused(Provider provider, String resourceClass, String why) {
        return new PlacementException(
                Problem.CONFLICT,
                "Unable to allocate inventory: Unable to create allocation for '" + resourceClass
                        + "' on resource provider '" + provider.uuid() + "'. " + why);
    }
}
