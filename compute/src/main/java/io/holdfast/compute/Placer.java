package io.holdfast.compute;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses homes for new and stopped instances. Asked by compute, answered by the scheduler through the wiring. */
@FunctionalInterface
public interface Placer {

    Choice choose(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only);

    /**
     * Chooses for all of them together, so that each takes room from those after it. A placer that only knows how to choose for
     * one is asked one by one, and the claims find out what does not fit.
     *
     * @param all the most important first
     * @return one choice for each, in their order
     */
    default List<Choice> chooseAll(List<Search> all) {
        return all.stream()
                .map(one -> choose(one.instance(), one.wants(), one.zone(), one.only()))
                .toList();
    }

    /**
     * An instance that looks for a home.
     *
     * @param zone only hosts of this zone, or null for any
     * @param only only this host, or null for any
     * @param recovering whether it was taken from a home by a recovery or a planned move, and nobody has started it since
     */
    record Search(
            InstanceId instance,
            Resources wants,
            @Nullable String zone,
            @Nullable HostId only,
            boolean recovering) {

        /** Of an owner who makes or starts it. */
        public Search(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
            this(instance, wants, zone, only, false);
        }
    }

    sealed interface Choice {
        record Home(HostId host) implements Choice {}

        /**
         * No host will do.
         *
         * @param reason of some hosts each, for the instance's fault and for people; of ten thousand hosts it names a few and counts the
         *     others
         */
        record None(String reason) implements Choice {}

        /** There is a host, and whoever watches over the room for failures does not admit it; for the instance's fault. */
        record NotAdmitted(String reason) implements Choice {}
    }
}
