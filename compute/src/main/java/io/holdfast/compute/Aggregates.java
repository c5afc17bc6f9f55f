package io.holdfast.compute;

import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that an operator put together. With the metadata {@code availability_zone} an aggregate is a zone: its hosts are in
 * that one whatever they say of themselves. A host is in one zone at most.
 *
 * <p>Each verb is durable when it returns; refusals are {@link ComputeException}s: NOT_FOUND, CONFLICT for a name or a member
 * that is there already, INVALID for what would put a host into two zones or change the zone under instances that asked for it.
 */
public interface Aggregates {

    String ZONE = "availability_zone";

    /** By number. */
    List<Aggregate> list();

    Optional<Aggregate> find(int id);

    Aggregate create(String name, @Nullable String zone);

    Aggregate rename(int id, String name);

    /** INVALID while it has hosts. */
    void delete(int id);

    Aggregate add(int id, HostId host);

    Aggregate remove(int id, HostId host);

    /** @param changes a null value removes the key */
    Aggregate changeMetadata(int id, Map<String, @Nullable String> changes);

    /** @param updatedAt null before the first change */
    record Aggregate(
            int id,
            UUID uuid,
            String name,
            List<HostId> hosts,
            Map<String, String> metadata,
            Instant createdAt,
            @Nullable Instant updatedAt) {

        public Aggregate {
            hosts = List.copyOf(hosts);
            metadata = Map.copyOf(metadata);
        }

        public @Nullable String zone() {
            return metadata.get(ZONE);
        }
    }
}
