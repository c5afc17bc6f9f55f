package io.holdfast.compute.store;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.Nic;
import io.holdfast.compute.core.ConfigDriveContent;
import io.holdfast.compute.core.GuestTermsRule;
import io.holdfast.compute.core.PolicyRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Store;
import jakarta.persistence.LockModeType;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Reading and locking rows, the same way for every verb. */
final class Rows {

    private final RecoveryPolicy deploymentDefault;
    private final Set<GuestFailure> restartedByDefault;
    private final InstanceNetworks networks;

    Rows(RecoveryPolicy deploymentDefault, Set<GuestFailure> restartedByDefault, InstanceNetworks networks) {
        this.deploymentDefault = deploymentDefault;
        this.restartedByDefault = restartedByDefault;
        this.networks = networks;
    }

    /** Takes what an instance that is being made shall be on, in the transaction that makes it. */
    void takeNetworks(Session session, InstanceRow row, NetworkWish wish) {
        row.nics = Plugs.write(networks.take(session, row.instanceId(), ProjectId.of(row.project), wish));
    }

    /** Its cards with their addresses, for its guest to set up. */
    List<ConfigDriveContent.Link> links(Session session, InstanceRow row) {
        List<UUID> ports = Plugs.read(row.nics, networks).stream()
                .filter(nic -> nic.bridge() != null)
                .map(Nic::port)
                .toList();
        return ports.isEmpty() ? List.of() : networks.links(session, ports);
    }

    @Nullable
    InstanceRow lock(Session session, InstanceId id) {
        return session.find(InstanceRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
    }

    /** The instance, locked; NOT_FOUND when it is not there or was deleted. */
    InstanceRow lockLiving(Session session, InstanceId id) {
        InstanceRow row = lock(session, id);
        if (row == null || row.deletedAt != null) {
            throw new ComputeException(Kind.NOT_FOUND, "Instance " + id + " could not be found.");
        }
        return row;
    }

    HostRow lockHost(Session session, HostId id) {
        return findLocked(session, id).orElseThrow(() -> unknown(id));
    }

    /**
     * The host, locked, for a verb of a leader. The leader is checked before the lock is taken: the other way round, a
     * new leader's first write and the old leader's last could wait for each other.
     */
    HostRow leadHost(Session session, HostId id, LeaderEpoch leader) {
        requireLeader(session, id, leader);
        return lockHost(session, id);
    }

    /** Refuses all but the newest leader of the host's segment. */
    void requireLeader(Session session, HostId id, LeaderEpoch leader) {
        // The segment alone, not the row: a row read before it is locked may be old, and Hibernate would keep it.
        String segment = session.createSelectionQuery("select segment from Host where id = :id", String.class)
                .setParameter("id", id.value())
                .uniqueResult();
        if (segment == null) {
            throw unknown(id);
        }
        Store.requireLeaderEpoch(session, SegmentId.of(segment), leader);
    }

    static ComputeException unknown(HostId id) {
        return new ComputeException(Kind.NOT_FOUND, "Compute host " + id + " could not be found.");
    }

    /** Those of these that are there, by their ids; locked in their order, in which every verb locks several. */
    Map<UUID, InstanceRow> lockAll(Session session, Collection<InstanceId> ids) {
        return session
                .createSelectionQuery("from Instance where id in (:ids) order by id", InstanceRow.class)
                .setParameterList("ids", ids.stream().map(InstanceId::value).toList())
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .list()
                .stream()
                .collect(Collectors.toMap(row -> row.id, row -> row));
    }

    /** The same for hosts, by their names. */
    Map<String, HostRow> lockHosts(Session session, Collection<HostId> ids) {
        return session
                .createSelectionQuery("from Host where id in (:ids) order by id", HostRow.class)
                .setParameterList(
                        "ids", ids.stream().map(HostId::value).distinct().toList())
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .list()
                .stream()
                .collect(Collectors.toMap(row -> row.id, row -> row));
    }

    /** Refuses all but the newest leader of the segments of these hosts; of a host that is not known it says nothing. */
    void requireLeaderOf(Session session, Collection<HostId> hosts, LeaderEpoch leader) {
        session.createSelectionQuery(
                        "select distinct segment from Host where id in (:ids) order by segment", String.class)
                .setParameterList(
                        "ids", hosts.stream().map(HostId::value).distinct().toList())
                .list()
                .forEach(segment -> Store.requireLeaderEpoch(session, SegmentId.of(segment), leader));
    }

    /** Writes several rows out together, and describes their changes, as {@link #change} does with one. */
    List<InstanceChanges.Change> changes(Session session, List<Altered> altered) {
        session.flush();
        ActionLog.followAll(session, altered);
        return altered.stream().map(one -> described(session, one)).toList();
    }

    /** @param before as the transaction found it; null for one that is new to its owner */
    record Altered(@Nullable Instance before, InstanceRow row) {}

    /** Writes a row out and describes the change for the listeners. One that is deleted for good gives its addresses back. */
    InstanceChanges.Change change(Session session, @Nullable Instance before, InstanceRow row) {
        session.flush();
        ActionLog.follow(session, before, row);
        return described(session, new Altered(before, row));
    }

    private InstanceChanges.Change described(Session session, Altered altered) {
        InstanceRow row = altered.row;
        if (row.deletedAt != null && !row.nics.isEmpty()) {
            networks.release(session, row.instanceId());
        }
        return new InstanceChanges.Change(altered.before, instance(session, row), row.version, row.deletedAt != null);
    }

    Optional<HostRow> findLocked(Session session, HostId id) {
        return Optional.ofNullable(session.find(HostRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE));
    }

    /** The instance with its policy; its flavor and image are looked up once per session. */
    Instance instance(Session session, InstanceRow row) {
        FlavorRow flavor = session.find(FlavorRow.class, row.flavorId);
        ImageRow image = session.find(ImageRow.class, row.imageId);
        return row.toInstance(
                PolicyRule.resolve(
                        row.tags,
                        row.metadata,
                        flavor == null ? Map.of() : flavor.extraSpecs,
                        image == null ? Map.of() : image.properties,
                        deploymentDefault),
                networks);
    }

    /** What is done when its guest fails; its flavor and image are looked up once per session. */
    GuestTerms guestTerms(Session session, InstanceRow row) {
        FlavorRow flavor = session.find(FlavorRow.class, row.flavorId);
        ImageRow image = session.find(ImageRow.class, row.imageId);
        return GuestTermsRule.resolve(
                row.metadata,
                flavor == null ? Map.of() : flavor.extraSpecs,
                image == null ? Map.of() : image.properties,
                restartedByDefault);
    }

    Optional<Image> image(Session session, InstanceRow row) {
        return Optional.ofNullable(session.find(ImageRow.class, row.imageId)).map(ImageRow::toImage);
    }

    List<InstanceRow> at(Session session, HostId host) {
        return session.createSelectionQuery(
                        "from Instance where host = :host and deletedAt is null order by createdAt, id",
                        InstanceRow.class)
                .setParameter("host", host.value())
                .list();
    }

    /**
     * The same, locked by id for a verb that changes them all: an owner's verb locks its instance and not the host, and
     * must not make a condemnation fail.
     */
    List<InstanceRow> lockAt(Session session, HostId host) {
        return session.createSelectionQuery(
                        "from Instance where host = :host and deletedAt is null order by id", InstanceRow.class)
                .setParameter("host", host.value())
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .list();
    }
}
