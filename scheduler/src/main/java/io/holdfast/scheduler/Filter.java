package io.holdfast.scheduler;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The reasons for which a host may be refused. Every filter is asked about every host, also after another has refused
 * it, so that an operator who reads "no host will do" sees all that stands in the way and not only the first thing.
 */
enum Filter {
    /** The host serves, nobody suspects it, and its agent takes orders. */
    ALIVE {
        @Override
        @Nullable
        String objection(Room room, PlacementRequest request, @Nullable Companions group) {
            return room.snapshot().alive() ? null : "is not serving, is suspected, or its agent takes no orders";
        }
    },
    /** Nobody has taken the host out of service. */
    ENABLED {
        @Override
        @Nullable
        String objection(Room room, PlacementRequest request, @Nullable Companions group) {
            return room.snapshot().enabled() ? null : "is disabled or forced down";
        }
    },
    /** What the instance wants is free there, in every dimension. */
    CAPACITY {
        @Override
        @Nullable
        String objection(Room room, PlacementRequest request, @Nullable Companions group) {
            return room.missing(request.wants());
        }
    },
    /** The host is in the zone that the instance must stay in. */
    ZONE {
        @Override
        @Nullable
        String objection(Room room, PlacementRequest request, @Nullable Companions group) {
            String zone = request.zone();
            return zone == null || zone.equals(room.snapshot().zone())
                    ? null
                    : "is in zone " + room.snapshot().zone() + ", the instance must stay in " + zone;
        }
    },
    /** The host is not the one that failed, and has not been tried in vain. */
    EXCLUDED {
        @Override
        @Nullable
        String objection(Room room, PlacementRequest request, @Nullable Companions group) {
            return request.excluded().get(room.host());
        }
    },
    /** If the operator chose a host, it is this one. */
    ONLY {
        @Override
        @Nullable
        String objection(Room room, PlacementRequest request, @Nullable Companions group) {
            return request.only() == null || request.only().equals(room.host())
                    ? null
                    : "the request names " + request.only();
        }
    },
    /** The strict rule of the instance's server group allows it. */
    GROUP {
        @Override
        @Nullable
        String objection(Room room, PlacementRequest request, @Nullable Companions group) {
            return group == null ? null : group.objection(room.host());
        }
    };

    private final String word = name().toLowerCase(Locale.ROOT);

    /** Why this host may not take this instance, or null when this filter has nothing against it; {@code group} is its server group. */
    abstract @Nullable String objection(Room room, PlacementRequest request, @Nullable Companions group);

    /** The name in {@link Placement.Refusal#filter}, in runbooks and in metrics. */
    String word() {
        return word;
    }
}
