package io.holdfast.compute.store;

import io.holdfast.compute.Flavor;
import io.holdfast.model.FlavorId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.MapKeyColumn;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.hibernate.annotations.Fetch;
import org.hibernate.annotations.FetchMode;
import org.jspecify.annotations.Nullable;

/** Tables {@code flavor} and {@code flavor_extra_spec}. */
@Entity(name = "Flavor")
@Table(name = "flavor")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class FlavorRow {

    @Id
    String id;

    String name;

    int vcpus;

    @Column(name = "memory_mib")
    int memoryMib;

    @Column(name = "disk_gib")
    int diskGib;

    @Column(name = "is_public")
    boolean isPublic;

    @Column(name = "created_at")
    Instant createdAt;

    @ElementCollection
    @CollectionTable(name = "flavor_extra_spec", joinColumns = @JoinColumn(name = "flavor_id"))
    @MapKeyColumn(name = "key")
    @Column(name = "value")
    @Fetch(FetchMode.SUBSELECT)
    Map<String, String> extraSpecs = new HashMap<>();

    @Nullable
    String description;

    @ElementCollection
    @CollectionTable(name = "flavor_access", joinColumns = @JoinColumn(name = "flavor_id"))
    @Column(name = "project")
    @Fetch(FetchMode.SUBSELECT)
    Set<String> access = new TreeSet<>();

    Flavor toFlavor() {
        return new Flavor(
                FlavorId.of(id),
                name,
                new Resources(vcpus, memoryMib, diskGib),
                isPublic,
                extraSpecs,
                description,
                access.stream().map(ProjectId::of).collect(Collectors.toUnmodifiableSet()));
    }
}
