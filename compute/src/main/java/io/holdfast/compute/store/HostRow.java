package io.holdfast.compute.store;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Table {@code host}. */
@Entity(name = "Host")
@Table(name = "host")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class HostRow {

    @Id
    String id;

    UUID uuid;

    String segment;

    String zone;

    /** Of the aggregate that it is in; counts before its own. */
    @Column(name = "aggregate_zone", insertable = false, updatable = false)
    @Nullable
    String aggregateZone;

    @Enumerated(EnumType.STRING)
    HostState state;

    long epoch;

    long incarnation;

    /** How many lists of what it owns were made for it. */
    long adoptions;

    @Column(name = "boot_id")
    @Nullable
    String bootId;

    boolean enabled;

    @Column(name = "disabled_reason")
    @Nullable
    String disabledReason;

    @Column(name = "forced_down")
    boolean forcedDown;

    @Column(name = "forced_down_by")
    @Nullable
    String forcedDownBy;

    @Column(name = "agent_address")
    @Nullable
    String agentAddress;

    @Column(name = "agent_port")
    @Nullable
    Integer agentPort;

    int vcpus;

    @Column(name = "memory_mib")
    int memoryMib;

    @Column(name = "disk_gib")
    int diskGib;

    @Column(name = "vcpus_used")
    int vcpusUsed;

    @Column(name = "memory_mib_used")
    int memoryMibUsed;

    @Column(name = "disk_gib_used")
    int diskGibUsed;

    /** How many have it as their home. Counted here, since to count rows for every placement costs more the more there are. */
    int instances;

    /** Of what it has, what an operator keeps back; written through its inventories as a provider. */
    @Column(name = "vcpus_reserved", insertable = false, updatable = false)
    int vcpusReserved;

    @Column(name = "memory_mib_reserved", insertable = false, updatable = false)
    int memoryMibReserved;

    @Column(name = "disk_gib_reserved", insertable = false, updatable = false)
    int diskGibReserved;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "updated_at")
    Instant updatedAt;

    @Column(name = "last_seen_at")
    @Nullable
    Instant lastSeenAt;

    @Column(name = "failure_domains")
    String failureDomains = "";

    /** As its agent said when it came ({@link HostTopology}). */
    String topology = "";

    @Nullable
    String maintenance;

    @Nullable
    String quarantine;

    @Column(name = "quarantined_at")
    @Nullable
    Instant quarantinedAt;

    @Version
    long version;

    HostId hostId() {
        return HostId.of(id);
    }

    /** What may be promised to instances: all that it has, but for what is kept back. */
    Resources capacity() {
        return new Resources(vcpus, memoryMib, diskGib)
                .minus(new Resources(vcpusReserved, memoryMibReserved, diskGibReserved));
    }

    Resources used() {
        return new Resources(vcpusUsed, memoryMibUsed, diskGibUsed);
    }

    private void use(Resources used) {
        vcpusUsed = used.vcpus();
        memoryMibUsed = used.memoryMib();
        diskGibUsed = used.diskGib();
    }

    /** One more instance has it as its home. */
    void take(Resources wants) {
        use(used().plus(wants));
        instances++;
    }

    /** One has it no longer, or is deleted. */
    void free(Resources had) {
        use(used().minus(had));
        instances--;
    }

    ComputeHost toHost() {
        return new ComputeHost(
                hostId(),
                uuid,
                SegmentId.of(segment),
                aggregateZone != null ? aggregateZone : zone == null ? "nova" : zone,
                state,
                HostEpoch.of(epoch),
                Incarnation.of(incarnation),
                bootId,
                enabled,
                disabledReason,
                forcedDown,
                agentAddress,
                agentPort == null ? 0 : agentPort,
                capacity(),
                used(),
                instances,
                createdAt,
                updatedAt,
                lastSeenAt,
                FailureDomains.parse(failureDomains),
                maintenance,
                quarantine,
                quarantinedAt);
    }
}
