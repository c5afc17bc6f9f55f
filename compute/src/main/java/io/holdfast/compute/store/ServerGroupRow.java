package io.holdfast.compute.store;

import io.holdfast.compute.SayAnswer;
import io.holdfast.model.GroupPolicy;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Table {@code server_group}. */
@Entity(name = "ServerGroup")
@Table(name = "server_group")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class ServerGroupRow {

    @Id
    UUID id;

    String name;

    String project;

    @Column(name = "user_name")
    String userName;

    @Enumerated(EnumType.STRING)
    GroupPolicy policy;

    @Column(name = "max_per_host")
    int maxPerHost;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "say_within_seconds")
    @Nullable
    Integer sayWithinSeconds;

    @Column(name = "say_otherwise")
    @Enumerated(EnumType.STRING)
    @Nullable
    SayAnswer sayOtherwise;

    @Column(name = "deleted_at")
    @Nullable
    Instant deletedAt;
}
