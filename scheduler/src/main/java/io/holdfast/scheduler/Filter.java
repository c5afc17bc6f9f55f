package io.holdfast.scheduler;

import io.holdfast.model.CellFit;
import io.holdfast.model.HostId;
import io.holdfast.model.NumaWish;
import io.holdfast.model.Resources;
import java.util.ArrayList;
import java.util.List;
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
        String objection(Room room, Asking asking) {
            return room.snapshot().alive() ? null : "is not serving, is suspected, or its agent takes no orders";
        }
    },
    /** Nobody has taken the host out of service. */
    ENABLED {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return room.snapshot().enabled() ? null : "is disabled or forced down";
        }
    },
    /** What the instance wants is free there, in every dimension. */
    CAPACITY {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return room.missing(asking.request().wants());
        }
    },
    /** What the instance wants besides processors, memory and disk is free there. */
    STOCK {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return room.missing(asking.request().rules().wish().amounts());
        }

        @Override
        boolean allows(Room room, Asking asking) {
            return room.has(asking.request().rules().wish().amounts());
        }
    },
    /** A cell of the host has what the instance wants for itself: processors, memory, pages of a size. */
    NUMA_TOPOLOGY {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            Resources wants = asking.request().wants();
            return CellFit.ofCells(
                    room.cells(), asking.request().rules().wish().numa(), wants.vcpus(), wants.memoryMib());
        }
    },
    /** The PCI devices that the instance wants are free there. */
    PCI_PASSTHROUGH {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return room.cells()
                    .devices()
                    .objection(asking.request().rules().wish().numa().devices());
        }
    },
    /** The host is in the zone that the instance must stay in. */
    ZONE {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            String zone = asking.request().zone();
            return zone == null || zone.equals(room.snapshot().zone())
                    ? null
                    : "is in zone " + room.snapshot().zone() + ", the instance must stay in " + zone;
        }
    },
    /** The host is not the one that failed, and has not been tried in vain. */
    EXCLUDED {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return asking.request().excluded().get(room.host());
        }
    },
    /** If the operator chose a host, it is this one. */
    ONLY {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            HostId only = asking.request().only();
            return only == null || only.equals(room.host()) ? null : "the request names " + only;
        }
    },
    /** The strict rule of the instance's server group allows it. */
    GROUP {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return asking.group() == null ? null : asking.group().objection(room.host());
        }

        @Override
        boolean allows(Room room, Asking asking) {
            return asking.group() == null || asking.group().allows(room.host());
        }
    },
    /** No other member of its server group is in the same failure domain, of the kinds that a member named. */
    DOMAIN_SPREAD {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return asking.group() == null ? null : asking.group().nearness(room.snapshot());
        }
    },
    /** One of those that it must be with lives there. */
    SAME_HOST {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return asking.neighbours().sameHost(asking.request().rules(), room.host());
        }

        @Override
        boolean allows(Room room, Asking asking) {
            return asking.neighbours().allowsSameHost(asking.request().rules(), room.host());
        }
    },
    /** None of those that it must be apart from lives there. */
    DIFFERENT_HOST {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return asking.neighbours().differentHost(asking.request().rules(), room.host());
        }
    },
    /** The host's aggregates have what the flavor wants. */
    AGGREGATE_SPECS {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return SpecRule.missing(
                    asking.request().rules().wish().aggregates(),
                    room.snapshot().metadata());
        }
    },
    /** The host is what its flavor and its image want it to be, in Placement's traits. */
    TRAITS {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return TraitRule.objection(
                    asking.request().rules().wish(), room.snapshot().traits());
        }
    },
    /** Its image was made for such a host, and the host's aggregates take such images. */
    IMAGE_PROPERTIES {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return ImageRule.objection(
                    asking.request().rules().wish().image(),
                    room.snapshot().metadata(),
                    room.snapshot().traits());
        }
    },
    /** The host is not kept for other projects. */
    DEDICATED {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return asking.request().rules().keptFromIt(room.snapshot().metadata());
        }
    },
    /** Nobody outside says what closes the host; for those whose own host has failed, any host is better than none. */
    ADVISORY {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            if (asking.request().recovers()) {
                return null;
            }
            String closing = room.closing();
            return closing.isEmpty() ? null : "takes nothing new because of an advisory: " + closing;
        }
    },
    /** The host has fewer instances than it may have. */
    MAX_INSTANCES {
        @Override
        @Nullable
        String objection(Room room, Asking asking) {
            return room.isCrowded() ? "has " + room.instances() + " instances, as many as it may have" : null;
        }
    };

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Why this host may not take this instance, or null when this filter has nothing against it. */
    abstract @Nullable String objection(Room room, Asking asking);

    /** Whether it has nothing against the host; the same as {@link #objection} without its words. */
    boolean allows(Room room, Asking asking) {
        return objection(room, asking) == null;
    }

    /** Those that a request has to be asked for, beyond what {@link Fleet} reads from its columns and {@link Natures}, and beyond its group. */
    static Filter[] ofRequest(Asking asking) {
        List<Filter> filters = new ArrayList<>();
        if (asking.request().rules().namesOthers()) {
            filters.add(SAME_HOST);
            filters.add(DIFFERENT_HOST);
        }
        if (!asking.request().rules().wish().amounts().isEmpty()) {
            filters.add(STOCK);
        }
        NumaWish numa = asking.request().rules().wish().numa();
        if (numa.wantsCells()) {
            filters.add(NUMA_TOPOLOGY);
        }
        if (!numa.devices().isEmpty()) {
            filters.add(PCI_PASSTHROUGH);
        }
        return filters.toArray(Filter[]::new);
    }

    /** Those that its group has to be asked for, beyond the hosts that it names as {@link Companions#closed}. */
    static Filter[] ofGroup(Asking asking) {
        Companions group = asking.group();
        List<Filter> filters = new ArrayList<>();
        if (group != null && group.prefers()) {
            filters.add(GROUP);
        }
        if (group != null && group.isSpread()) {
            filters.add(DOMAIN_SPREAD);
        }
        return filters.toArray(Filter[]::new);
    }

    /** The name in {@link Placement.Refusal#filter}, in runbooks and in metrics. */
    String word() {
        return word;
    }
}
