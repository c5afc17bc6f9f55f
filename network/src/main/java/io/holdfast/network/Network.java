package io.holdfast.network;

import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A flat network.
 *
 * @param shared whether every project may use it
 * @param adminStateUp whether instances may be put on it
 * @param physicalNetwork which one of the hosts' networks it is
 * @param mtu longest packet in bytes, 68 to 65535; told to clients, not enforced
 * @param subnets by time of creation
 */
public record Network(
        UUID id,
        String name,
        ProjectId project,
        String description,
        boolean shared,
        boolean adminStateUp,
        String physicalNetwork,
        int mtu,
        List<UUID> subnets,
        Instant createdAt,
        Instant updatedAt) {

    /** What a physical network may be called. */
    public static final String PHYSICAL = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    public Network {
        subnets = List.copyOf(subnets);
    }
}
