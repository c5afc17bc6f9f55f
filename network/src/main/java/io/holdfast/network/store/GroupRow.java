package io.holdfast.network.store;

import io.holdfast.model.ProjectId;
import io.holdfast.network.SecurityGroup;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Table {@code security_group}. */
@Entity(name = "SecurityGroup")
@Table(name = "security_group")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class GroupRow {

    @Id
    UUID id;

    @Column(updatable = false)
    String project;

    String name;

    String description;

    @Column(name = "is_default", updatable = false)
    boolean isDefault;

    @Column(name = "created_at", updatable = false)
    Instant createdAt;

    @Column(name = "updated_at")
    Instant updatedAt;

    SecurityGroup toGroup(List<SecurityGroup.Rule> rules) {
        return new SecurityGroup(id, ProjectId.of(project), name, description, isDefault, rules, createdAt, updatedAt);
    }
}
