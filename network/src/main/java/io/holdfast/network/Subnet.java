package io.holdfast.network;

import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A range of addresses of a network.
 *
 * @param gateway of the router, never given to a port; null for none
 * @param pools what is given when no address is asked for; sorted, none touches another
 * @param dns name servers, at most 5; told to clients
 */
public record Subnet(
        UUID id,
        UUID network,
        String name,
        ProjectId project,
        String description,
        Cidr cidr,
        @Nullable Ipv4 gateway,
        List<Range> pools,
        List<Ipv4> dns,
        Instant createdAt,
        Instant updatedAt) {

    public Subnet {
        pools = List.copyOf(pools);
        dns = List.copyOf(dns);
    }
}
