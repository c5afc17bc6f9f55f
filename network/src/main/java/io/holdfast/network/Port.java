package io.holdfast.network;

import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A place on a network.
 *
 * @param mac six pairs of lower-case hex digits with colons; no two ports have the same
 * @param device the id of the instance that has it, or what its owner wrote; empty for nobody
 * @param deviceOwner {@code compute:ZONE} when an instance has it
 * @param addresses sorted; no two ports have the same in one subnet
 * @param groups the security groups that it is in
 */
public record Port(
        UUID id,
        UUID network,
        ProjectId project,
        String name,
        String description,
        String mac,
        boolean adminStateUp,
        String device,
        String deviceOwner,
        List<Fixed> addresses,
        List<UUID> groups,
        Instant createdAt,
        Instant updatedAt) {

    /** How {@code deviceOwner} begins where an instance has the port. */
    public static final String COMPUTE = "compute:";

    public Port {
        addresses = List.copyOf(addresses);
        groups = List.copyOf(groups);
    }

    /** Whether an instance has it. */
    public boolean ofInstance() {
        return deviceOwner.startsWith(COMPUTE);
    }

    /** An address and where it is from. */
    public record Fixed(UUID subnet, Ipv4 address) {}
}
