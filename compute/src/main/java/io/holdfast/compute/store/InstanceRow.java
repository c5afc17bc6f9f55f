package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.RecoveryTerms;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.core.PolicyRule;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Amounts;
import io.holdfast.model.CellClaim;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.NumaWish;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.MapKeyColumn;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.annotations.Fetch;
import org.hibernate.annotations.FetchMode;
import org.jspecify.annotations.Nullable;

/** Tables {@code instance}, {@code instance_tag} and {@code instance_metadata}. */
@Entity(name = "Instance")
@Table(name = "instance")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class InstanceRow {

    @Id
    UUID id;

    String name;

    String project;

    @Column(name = "user_name")
    String userName;

    @Column(name = "flavor_id")
    String flavorId;

    int vcpus;

    @Column(name = "memory_mib")
    int memoryMib;

    @Column(name = "disk_gib")
    int diskGib;

    @Column(name = "image_id")
    UUID imageId;

    @Nullable
    String zone;

    @Enumerated(EnumType.STRING)
    InstanceGoal goal;

    @Enumerated(EnumType.STRING)
    ActualState actual;

    /** As its home said with its last report; means nothing unless it is RUNNING. */
    @Column(name = "came_up")
    boolean cameUp;

    @Nullable
    String task;

    @Nullable
    String fault;

    @Nullable
    String host;

    /** Never changed after the row was made, so no verb writes it back. */
    @Column(name = "server_group", updatable = false)
    @Nullable
    UUID serverGroup;

    long generation;

    long epoch;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "updated_at")
    Instant updatedAt;

    @Column(name = "launched_at")
    @Nullable
    Instant launchedAt;

    @Column(name = "deleted_at")
    @Nullable
    Instant deletedAt;

    /**
     * When it was taken from its home. Means something while its task is {@link Withdrawals#WITHDRAWN}, and while it looks for a
     * home: then it is one that its case has forgotten, and not one that its owner has started.
     */
    @Column(name = "withdrawn_at")
    @Nullable
    Instant withdrawnAt;

    /** When a human was told that no host has room for it since it was withdrawn. */
    @Column(name = "called_at")
    @Nullable
    Instant calledAt;

    /** Its network cards ({@link Plugs}); set when it was made. */
    @Column(updatable = false)
    String nics = "";

    /** What it has of its host besides processors, memory and disk ({@link Amounts}); set when it was made. */
    @Column(updatable = false)
    String amounts = "";

    /** What it wants of processors and memory beyond their amount ({@link NumaWish}); set when it was made. */
    @Column(updatable = false)
    String numa = "";

    /** What it has of its home's cells ({@link CellClaim}). */
    String cells = "";

    /** Kinds of failure domain that no two of its group may share; set when it was made. */
    @Column(updatable = false)
    String spread = "";

    /** Which disk it has: one more with each rebuild. */
    @Column(name = "disk_number")
    int disk;

    @Nullable
    String description;

    @Nullable
    String hostname;

    @Enumerated(EnumType.STRING)
    @Column(name = "locked_by")
    Particulars.@Nullable By lockedBy;

    @Column(name = "locked_reason")
    @Nullable
    String lockedReason;

    @Column(name = "key_name")
    @Nullable
    String keyName;

    String reservation = "";

    @Column(name = "launch_index")
    int launchIndex;

    @Column(name = "config_drive")
    boolean configDrive;

    /** Which disk's config drive was written last, or null. */
    @Column(name = "config_drive_disk", insertable = false, updatable = false)
    @Nullable
    Integer configDriveDisk;

    @Version
    long version;

    @ElementCollection
    @CollectionTable(name = "instance_tag", joinColumns = @JoinColumn(name = "instance_id"))
    @Column(name = "tag")
    @Fetch(FetchMode.SUBSELECT)
    Set<String> tags = new TreeSet<>();

    @ElementCollection
    @CollectionTable(name = "instance_metadata", joinColumns = @JoinColumn(name = "instance_id"))
    @MapKeyColumn(name = "key")
    @Column(name = "value")
    @Fetch(FetchMode.SUBSELECT)
    Map<String, String> metadata = new HashMap<>();

    InstanceId instanceId() {
        return InstanceId.of(id);
    }

    /** Another one that says the same, of one that was never stored: what a transaction has stored is not stored again. */
    InstanceRow copyOfNew() {
        InstanceRow copy = new InstanceRow();
        copy.id = id;
        copy.name = name;
        copy.project = project;
        copy.userName = userName;
        copy.zone = zone;
        copy.goal = goal;
        copy.actual = actual;
        copy.task = task;
        copy.createdAt = createdAt;
        copy.updatedAt = updatedAt;
        copy.tags.addAll(tags);
        copy.metadata.putAll(metadata);
        copy.write(particulars());
        return copy;
    }

    static List<String> kinds(String spread) {
        return spread.isEmpty() ? List.of() : List.of(spread.split(",", -1));
    }

    CellClaim cells() {
        return CellClaim.parse(cells);
    }

    /** Its home is its home no longer. */
    void leave(HostRow home) {
        home.free(resources());
        host = null;
        cells = "";
    }

    Resources resources() {
        return new Resources(vcpus, memoryMib, diskGib);
    }

    /** Whether it is stored and still looks for its first home. */
    boolean looksForHome() {
        return host == null && deletedAt == null && task != null && task.startsWith(StoredInstances.SCHEDULING);
    }

    /** Taken from a home that lives, and nobody's yet. */
    boolean withdrawn() {
        return host == null && deletedAt == null && Withdrawals.WITHDRAWN.equals(task);
    }

    Instant withdrawnSince() {
        return withdrawnAt == null ? updatedAt : withdrawnAt;
    }

    /** The only host that it may be placed on, in a create that asked for one; part of the task while it looks for a home. */
    @Nullable
    HostId onlyHost() {
        return looksForHome() ? onlyHost(task) : null;
    }

    /** The only host that may be the home of an instance with this task, which looks for one; null for any. */
    static @Nullable HostId onlyHost(@Nullable String task) {
        return task != null && task.length() > StoredInstances.SCHEDULING.length()
                ? HostId.of(task.substring(StoredInstances.SCHEDULING.length() + 1))
                : null;
    }

    /**
     * Ends it without asking anybody, because nothing runs.
     *
     * @param fencedHome its home, which removes the disk when it returns; null when it has none
     */
    void end(@Nullable HostRow fencedHome, Instant now) {
        actual = ActualState.DELETED;
        deletedAt = now;
        updatedAt = now;
        task = fencedHome == null ? null : StoredInstances.DISK_REMOVAL;
        if (fencedHome != null) {
            fencedHome.free(resources());
        }
    }

    /** What its owner says about its recovery. */
    RecoveryTerms terms() {
        return TermsRule.read(metadata);
    }

    /** Every way to RUNNING is a report of its home, and each report says whether it came up. */
    private boolean hasComeUp() {
        return cameUp && actual == ActualState.RUNNING;
    }

    ReportRule.Known known() {
        return new ReportRule.Known(
                host == null ? null : HostId.of(host),
                Generation.of(generation),
                goal,
                actual,
                hasComeUp(),
                task,
                fault);
    }

    Instance toInstance(PolicyRule.Resolved policy, InstanceNetworks networks) {
        return new Instance(
                instanceId(),
                name,
                ProjectId.of(project),
                userName,
                FlavorId.of(flavorId),
                resources(),
                ImageId.of(imageId),
                zone,
                goal,
                actual,
                hasComeUp(),
                looksForHome() ? StoredInstances.SCHEDULING : task,
                fault,
                host == null ? null : HostId.of(host),
                Generation.of(generation),
                HostEpoch.of(epoch),
                policy.policy(),
                policy.source(),
                List.copyOf(new TreeSet<>(tags)),
                metadata,
                createdAt,
                updatedAt,
                launchedAt,
                particulars(),
                Plugs.read(nics, networks),
                disk);
    }

    Particulars particulars() {
        return new Particulars(
                description,
                hostname,
                lockedBy == null ? null : new Particulars.Lock(lockedBy, lockedReason),
                keyName,
                reservation,
                launchIndex,
                configDrive);
    }

    /** Whether its guest cannot be started yet, because what it shall read is not written. */
    boolean lacksConfigDrive() {
        return configDrive && (configDriveDisk == null || configDriveDisk != disk);
    }

    void write(Particulars said) {
        Particulars.Lock lock = said.lock();
        description = said.description();
        hostname = said.hostname();
        lockedBy = lock == null ? null : lock.by();
        lockedReason = lock == null ? null : lock.reason();
        keyName = said.keyName();
        reservation = said.reservation();
        launchIndex = said.launchIndex();
        configDrive = said.configDrive();
    }
}
