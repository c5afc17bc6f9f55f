package io.holdfast.network.store;

import io.holdfast.model.ProjectId;
import io.holdfast.network.Network;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Table {@code network}. */
@Entity(name = "Network")
@Table(name = "network")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class NetworkRow {

    @Id
    UUID id;

    String name;

    @Column(updatable = false)
    String project;

    String description;

    boolean shared;

    @Column(name = "admin_state_up")
    boolean adminStateUp;

    @Column(name = "physical_network", updatable = false)
    String physicalNetwork;

    int mtu;

    @Column(name = "created_at", updatable = false)
    Instant createdAt;

    @Column(name = "updated_at")
    Instant updatedAt;

    /** Whether instances of the project may be put on it. */
    boolean mayBeUsedBy(ProjectId who) {
        return shared || project.equals(who.value());
    }

    Network toNetwork(List<UUID> subnets) {
        return new Network(
                id,
                name,
                ProjectId.of(project),
                description,
                shared,
                adminStateUp,
                physicalNetwork,
                mtu,
                subnets,
                createdAt,
                updatedAt);
    }
}
