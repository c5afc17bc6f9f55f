package io.holdfast.network.store;

import io.holdfast.model.ProjectId;
import io.holdfast.network.SecurityGroup;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** Table {@code security_group_rule}. */
@Entity(name = "SecurityGroupRule")
@Table(name = "security_group_rule")
@Immutable
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class RuleRow {

    @Id
    UUID id;

    @Column(name = "group_id")
    UUID groupId;

    String description;

    String direction;

    String ethertype;

    @Nullable
    String protocol;

    @Column(name = "port_min")
    @Nullable
    Integer portMin;

    @Column(name = "port_max")
    @Nullable
    Integer portMax;

    @Column(name = "remote_prefix")
    @Nullable
    String remotePrefix;

    @Column(name = "remote_group")
    @Nullable
    UUID remoteGroup;

    @Column(name = "created_at")
    Instant createdAt;

    boolean saysTheSameAs(RuleRow other) {
        return direction.equals(other.direction)
                && ethertype.equals(other.ethertype)
                && Objects.equals(protocol, other.protocol)
                && Objects.equals(portMin, other.portMin)
                && Objects.equals(portMax, other.portMax)
                && Objects.equals(remotePrefix, other.remotePrefix)
                && Objects.equals(remoteGroup, other.remoteGroup);
    }

    SecurityGroup.Rule toRule(String project) {
        return new SecurityGroup.Rule(
                id,
                groupId,
                ProjectId.of(project),
                description,
                direction,
                ethertype,
                protocol,
                portMin,
                portMax,
                remotePrefix,
                remoteGroup,
                createdAt);
    }
}
