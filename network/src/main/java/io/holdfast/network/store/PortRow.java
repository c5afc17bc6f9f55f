package io.holdfast.network.store;

import io.holdfast.model.ProjectId;
import io.holdfast.network.Port;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Table {@code port}; its addresses and groups are tables of their own. */
@Entity(name = "Port")
@Table(name = "port")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class PortRow {

    @Id
    UUID id;

    @Column(name = "network_id", updatable = false)
    UUID networkId;

    @Column(updatable = false)
    String project;

    String name;

    String description;

    @Column(updatable = false)
    String mac;

    @Column(name = "admin_state_up")
    boolean adminStateUp;

    @Column(name = "device_id")
    String deviceId;

    @Column(name = "device_owner")
    String deviceOwner;

    @Column(name = "made_for_device", updatable = false)
    boolean madeForDevice;

    @Column(name = "created_at", updatable = false)
    Instant createdAt;

    @Column(name = "updated_at")
    Instant updatedAt;

    boolean ofInstance() {
        return deviceOwner.startsWith(Port.COMPUTE);
    }

    Port toPort(List<Port.Fixed> addresses, List<UUID> groups) {
        return new Port(
                id,
                networkId,
                ProjectId.of(project),
                name,
                description,
                mac,
                adminStateUp,
                deviceId,
                deviceOwner,
                addresses,
                groups,
                createdAt,
                updatedAt);
    }
}
