package io.holdfast.compute;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which networks an instance shall be on when it is made. */
public sealed interface NetworkWish {

    /** On none. */
    record None() implements NetworkWish {}

    /**
     * On the only network that its project may use. Several are refused; none at all is refused where it was asked for.
     *
     * @param required whether the caller asked for a network, and has to be told when there is none
     * @param groups names or ids of security groups for the port; empty for the project's default group
     */
    record Only(boolean required, List<String> groups) implements NetworkWish {
        public Only {
            groups = List.copyOf(groups);
        }
    }

    /**
     * On these, one card each, in this order.
     *
     * @param groups names or ids of security groups for the ports that are made; empty for the project's default group
     */
    record These(List<Card> cards, List<String> groups) implements NetworkWish {
        public These {
            cards = List.copyOf(cards);
            groups = List.copyOf(groups);
        }
    }

    /** One card of a list. */
    sealed interface Card {
        /** @param address a free one of its subnets; null for any */
        record OfNetwork(UUID network, @Nullable String address) implements Card {}

        /** A port that was made before, and that outlives the instance. */
        record OfPort(UUID port) implements Card {}
    }
}
