package io.holdfast.compute.store;

import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.core.ConfigDriveContent.Link;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.util.List;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * What instances need of the network, within their own transactions: an instance and its addresses are there together or
 * not at all, and its end gives them back with it, whatever crashes.
 *
 * <p>There is no verb for a new home: addresses and MACs belong to the instance, which carries them to wherever it goes.
 *
 * <p>Called from any thread, once or more for the same transaction.
 */
public interface InstanceNetworks {

    /** A deployment without networks: no instance gets one. */
    InstanceNetworks NONE = new InstanceNetworks() {
        @Override
        public List<Plug> take(Session session, InstanceId instance, ProjectId project, NetworkWish wish) {
            return List.of();
        }

        @Override
        public void release(Session session, InstanceId instance) {
            // Nothing was taken.
        }

        @Override
        public List<Link> links(Session session, List<UUID> ports) {
            return List.of();
        }

        @Override
        public @Nullable String bridge(String physicalNetwork) {
            return null;
        }
    };

    /**
     * Takes ports and addresses for an instance that is being made. Throws, as its own refusals, what cannot be given; then
     * nothing was taken, because the transaction ends with it.
     */
    List<Plug> take(Session session, InstanceId instance, ProjectId project, NetworkWish wish);

    /** Gives back what an instance had that is no more. Does nothing when it had nothing. */
    void release(Session session, InstanceId instance);

    /** What the guest that has these ports must set up: one for each address, in the order of the ports; one without an address for a port without. */
    List<Link> links(Session session, List<UUID> ports);

    /** The bridge on every host that leads to a physical network; null when there is none. */
    @Nullable
    String bridge(String physicalNetwork);

    /**
     * A port as the instance keeps it: what never changes while it lives.
     *
     * @param physicalNetwork without white space
     */
    record Plug(UUID port, String mac, String physicalNetwork) {}
}
