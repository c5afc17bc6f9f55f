package io.holdfast.network.store;

import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.network.Gateway;
import io.holdfast.network.Ipv4;
import io.holdfast.network.Network;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.Networks;
import io.holdfast.network.Port;
import io.holdfast.network.Subnet;
import io.holdfast.network.core.AddressPlan;
import io.holdfast.network.core.Macs;
import io.holdfast.store.Store;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Networks, subnets and ports in the store. */
public final class StoredNetworks implements Networks {

    /** For {@code Store.open}. */
    public static final List<Class<?>> ENTITIES =
            List.of(NetworkRow.class, SubnetRow.class, PortRow.class, GroupRow.class, RuleRow.class);

    private static final Logger log = LoggerFactory.getLogger(StoredNetworks.class);

    private final Store store;
    private final Quotas quotas;
    private final GroupRows groups;
    private final InstantSource clock;

    public StoredNetworks(Store store, NetworkSettings settings, InstantSource clock) {
        this.store = store;
        this.quotas = new Quotas(settings);
        this.groups = new GroupRows(clock);
        this.clock = clock;
    }

    @Override
    public List<Network> networks() {
        return store.inTransaction(session -> {
            Map<UUID, List<UUID>> subnets = new HashMap<>();
            session.createSelectionQuery("select networkId, id from Subnet order by createdAt, id", Object[].class)
                    .list()
                    .forEach(line -> subnets.computeIfAbsent((UUID) line[0], id -> new ArrayList<>())
                            .add((UUID) line[1]));
            return session.createSelectionQuery("from Network order by createdAt, id", NetworkRow.class).list().stream()
                    .map(row -> row.toNetwork(subnets.getOrDefault(row.id, List.of())))
                    .toList();
        });
    }

    @Override
    public Optional<Network> network(UUID id) {
        return store.inTransaction(session ->
                Optional.ofNullable(session.find(NetworkRow.class, id)).map(row -> complete(session, row)));
    }

    private static Network complete(Session session, NetworkRow row) {
        return row.toNetwork(PortRows.subnets(session, row.id).stream()
                .map(subnet -> subnet.id)
                .toList());
    }

    @Override
    public Network create(NewNetwork wanted) {
        NetworkRow row = new NetworkRow();
        row.id = UUID.randomUUID();
        row.name = wanted.name();
        row.project = wanted.project().value();
        row.description = wanted.description();
        row.shared = wanted.shared();
        row.adminStateUp = wanted.adminStateUp();
        row.physicalNetwork = wanted.physicalNetwork();
        row.mtu = wanted.mtu();
        row.createdAt = now();
        row.updatedAt = row.createdAt;
        if (!row.physicalNetwork.matches(Network.PHYSICAL)) {
            throw new NetworkException(
                    Problem.INVALID,
                    "A physical network has a name of 1 to 64 letters, digits, dots, hyphens or underscores, not '"
                            + row.physicalNetwork + "'.");
        }
        store.inTransactionDo(session -> {
            quotas.forNetwork(session, wanted.project());
            boolean taken = session.createSelectionQuery(
                                    "select count(*) from Network where physicalNetwork = :name", Long.class)
                            .setParameter("name", row.physicalNetwork)
                            .getSingleResult()
                    > 0;
            if (taken) {
                throw new NetworkException(
                        Problem.PHYSICAL_NETWORK_TAKEN,
                        "Unable to create the flat network. Physical network " + row.physicalNetwork + " is in use.");
            }
            session.persist(row);
        });
        log.info("network {} ({}) created for project {}", row.id, row.physicalNetwork, row.project);
        return row.toNetwork(List.of());
    }

    @Override
    public Network change(UUID network, NetworkChange change) {
        return store.inTransaction(session -> {
            NetworkRow row = lockNetwork(session, network);
            if (Boolean.FALSE.equals(change.shared()) && row.shared) {
                requireNoOthers(session, row);
            }
            row.name = change.name() == null ? row.name : change.name();
            row.description = change.description() == null ? row.description : change.description();
            row.shared = change.shared() == null ? row.shared : change.shared();
            row.adminStateUp = change.adminStateUp() == null ? row.adminStateUp : change.adminStateUp();
            row.mtu = change.mtu() == null ? row.mtu : change.mtu();
            row.updatedAt = now();
            return complete(session, row);
        });
    }

    private static void requireNoOthers(Session session, NetworkRow row) {
        long others = session.createSelectionQuery(
                        "select count(*) from Port where networkId = :network and project <> :project", Long.class)
                .setParameter("network", row.id)
                .setParameter("project", row.project)
                .getSingleResult();
        if (others > 0) {
            throw new NetworkException(
                    Problem.NETWORK_IN_USE,
                    "Unable to reconfigure sharing settings for network " + row.id
                            + ". Multiple tenants are using it.");
        }
    }

    @Override
    public void deleteNetwork(UUID network) {
        store.inTransactionDo(session -> {
            NetworkRow row = lockNetwork(session, network);
            if (count(session, "select count(*) from Port where networkId = :id", network) > 0) {
                throw new NetworkException(
                        Problem.NETWORK_IN_USE,
                        "Unable to complete operation on network " + network
                                + ". There are one or more ports still in use on the network.");
            }
            PortRows.subnets(session, network).forEach(session::remove);
            session.flush();
            session.remove(row);
        });
        log.info("network {} deleted", network);
    }

    @Override
    public List<Subnet> subnets() {
        return store.inTransaction(session ->
                session.createSelectionQuery("from Subnet order by createdAt, id", SubnetRow.class).list().stream()
                        .map(SubnetRow::toSubnet)
                        .toList());
    }

    @Override
    public Optional<Subnet> subnet(UUID id) {
        return store.inTransaction(session ->
                Optional.ofNullable(session.find(SubnetRow.class, id)).map(SubnetRow::toSubnet));
    }

    @Override
    public Subnet create(NewSubnet wanted) {
        AddressPlan plan = AddressPlan.of(wanted.cidr(), wanted.gateway(), wanted.pools());
        SubnetRow row = new SubnetRow();
        row.id = UUID.randomUUID();
        row.networkId = wanted.network();
        row.name = wanted.name();
        row.project = wanted.project().value();
        row.description = wanted.description();
        row.cidr = wanted.cidr().toString();
        row.write(plan);
        row.dns = addresses(wanted.dns());
        row.createdAt = now();
        row.updatedAt = row.createdAt;
        store.inTransactionDo(session -> {
            // Locked, so that of two ranges that overlap the later one sees the earlier one.
            lockNetwork(session, wanted.network());
            quotas.forSubnet(session, wanted.project());
            PortRows.subnets(session, wanted.network()).forEach(other -> {
                if (other.range().overlaps(plan.cidr())) {
                    throw new NetworkException(
                            Problem.INVALID,
                            "Invalid input for operation: Requested subnet with cidr: " + plan.cidr() + " for network: "
                                    + wanted.network() + " overlaps with another subnet.");
                }
            });
            session.persist(row);
        });
        log.info("subnet {} ({}) created on network {}", row.id, row.cidr, row.networkId);
        return row.toSubnet();
    }

    @Override
    public Subnet change(UUID subnet, SubnetChange change) {
        return store.inTransaction(session -> {
            SubnetRow row = lockSubnet(session, subnet);
            AddressPlan before = row.plan();
            Gateway gateway = change.gateway() != null
                    ? change.gateway()
                    : before.gateway() == null ? new Gateway.None() : new Gateway.At(before.gateway());
            AddressPlan plan =
                    AddressPlan.of(before.cidr(), gateway, change.pools() == null ? before.pools() : change.pools());
            Ipv4 router = plan.gateway();
            if (router != null && !router.equals(before.gateway()) && isTaken(session, subnet, router)) {
                throw new NetworkException(
                        Problem.ADDRESS_TAKEN, "Gateway ip " + router + " is in use by a port and cannot be updated.");
            }
            row.write(plan);
            row.name = change.name() == null ? row.name : change.name();
            row.description = change.description() == null ? row.description : change.description();
            row.dns = change.dns() == null ? row.dns : addresses(change.dns());
            row.updatedAt = now();
            return row.toSubnet();
        });
    }

    private static boolean isTaken(Session session, UUID subnet, Ipv4 address) {
        return session.createNativeQuery(
                                "select count(*) from port_address where subnet_id = :subnet and address = :address",
                                Long.class)
                        .setParameter("subnet", subnet)
                        .setParameter("address", address.toString())
                        .getSingleResult()
                > 0;
    }

    @Override
    public void deleteSubnet(UUID subnet) {
        store.inTransactionDo(session -> {
            SubnetRow row = lockSubnet(session, subnet);
            long used = session.createNativeQuery(
                            "select count(*) from port_address where subnet_id = :subnet", Long.class)
                    .setParameter("subnet", subnet)
                    .getSingleResult();
            if (used > 0) {
                throw new NetworkException(
                        Problem.SUBNET_IN_USE,
                        "Unable to complete operation on subnet " + subnet
                                + ": One or more ports have an IP allocation from this subnet.");
            }
            session.remove(row);
        });
        log.info("subnet {} deleted", subnet);
    }

    @Override
    public List<Port> ports(PortFilter filter) {
        return store.inTransaction(session -> PortRows.complete(
                session,
                session.createSelectionQuery(
                                "from Port where (:project is null or project = :project)"
                                        + " and (:network is null or networkId = :network)"
                                        + " and (:device is null or deviceId = :device) order by createdAt, id",
                                PortRow.class)
                        .setParameter(
                                "project",
                                filter.project() == null
                                        ? null
                                        : filter.project().value(),
                                String.class)
                        .setParameter("network", filter.network(), UUID.class)
                        .setParameter("device", filter.device(), String.class)
                        .list()));
    }

    @Override
    public Optional<Port> port(UUID id) {
        return store.inTransaction(session -> Optional.ofNullable(session.find(PortRow.class, id))
                .map(row -> PortRows.complete(session, List.of(row)).getFirst()));
    }

    @Override
    public Port create(NewPort wanted) {
        if (wanted.mac() != null && !Macs.isUsable(wanted.mac())) {
            throw new NetworkException(Problem.INVALID, "'" + wanted.mac() + "' is not a MAC address of one receiver.");
        }
        PortRow row = new PortRow();
        row.id = UUID.randomUUID();
        row.networkId = wanted.network();
        row.project = wanted.project().value();
        row.name = wanted.name();
        row.description = wanted.description();
        row.adminStateUp = wanted.adminStateUp();
        row.deviceId = wanted.device();
        row.deviceOwner = wanted.deviceOwner();
        row.createdAt = now();
        row.updatedAt = row.createdAt;
        Port made = store.inTransaction(session -> {
            if (session.find(NetworkRow.class, wanted.network()) == null) {
                throw networkNotFound(wanted.network());
            }
            quotas.forPort(session, wanted.project());
            List<SubnetRow> subnets = PortRows.subnets(session, row.networkId);
            PortRows.insert(session, row, wanted.mac());
            if (wanted.places() != null) {
                wanted.places().forEach(place -> PortRows.take(session, row.id, row.networkId, subnets, place));
            } else if (!subnets.isEmpty()) {
                PortRows.takeAny(session, row.id, row.networkId, subnets);
            }
            PortRows.putIn(
                    session,
                    row.id,
                    wanted.groups() == null
                            ? List.of(groups.defaultOf(session, wanted.project()))
                            : groups.ofIds(session, wanted.project(), wanted.groups()));
            return PortRows.complete(session, List.of(row)).getFirst();
        });
        log.info("port {} ({}) created on network {}", made.id(), made.mac(), made.network());
        return made;
    }

    @Override
    public Port change(UUID port, PortChange change) {
        return store.inTransaction(session -> {
            PortRow row = lockPort(session, port);
            if (row.ofInstance() && (change.device() != null || change.deviceOwner() != null)) {
                throw inUse(row);
            }
            row.name = change.name() == null ? row.name : change.name();
            row.description = change.description() == null ? row.description : change.description();
            row.adminStateUp = change.adminStateUp() == null ? row.adminStateUp : change.adminStateUp();
            row.deviceId = change.device() == null ? row.deviceId : change.device();
            row.deviceOwner = change.deviceOwner() == null ? row.deviceOwner : change.deviceOwner();
            row.updatedAt = now();
            if (change.groups() != null) {
                var wanted = groups.ofIds(session, ProjectId.of(row.project), change.groups());
                PortRows.takeOutOfAll(session, port);
                PortRows.putIn(session, port, wanted);
            }
            return PortRows.complete(session, List.of(row)).getFirst();
        });
    }

    @Override
    public void deletePort(UUID port) {
        store.inTransactionDo(session -> {
            PortRow row = lockPort(session, port);
            if (row.ofInstance()) {
                throw inUse(row);
            }
            session.remove(row);
        });
        log.info("port {} deleted", port);
    }

    @Override
    public Map<InstanceId, List<Port>> portsOf(Collection<InstanceId> instances) {
        if (instances.isEmpty()) {
            return Map.of();
        }
        List<Port> ports = store.inTransaction(session -> PortRows.complete(
                session,
                session.createSelectionQuery(
                                "from Port where deviceId in (:devices) and deviceOwner like :owner"
                                        + " order by createdAt, id",
                                PortRow.class)
                        .setParameterList(
                                "devices",
                                instances.stream().map(InstanceId::toString).toList())
                        .setParameter("owner", Port.COMPUTE + "%")
                        .list()));
        return ports.stream().collect(Collectors.groupingBy(port -> InstanceId.parse(port.device())));
    }

    @Override
    public Usage usage(ProjectId project) {
        return store.inTransaction(session -> quotas.usage(session, project));
    }

    private static String addresses(List<Ipv4> list) {
        return list.stream().map(Ipv4::toString).collect(Collectors.joining(","));
    }

    private static long count(Session session, String query, UUID id) {
        return session.createSelectionQuery(query, Long.class)
                .setParameter("id", id)
                .getSingleResult();
    }

    private static NetworkRow lockNetwork(Session session, UUID id) {
        NetworkRow row = session.find(NetworkRow.class, id, LockModeType.PESSIMISTIC_WRITE);
        if (row == null) {
            throw networkNotFound(id);
        }
        return row;
    }

    private static SubnetRow lockSubnet(Session session, UUID id) {
        SubnetRow row = session.find(SubnetRow.class, id, LockModeType.PESSIMISTIC_WRITE);
        if (row == null) {
            throw new NetworkException(Problem.SUBNET_NOT_FOUND, "Subnet " + id + " could not be found.");
        }
        return row;
    }

    private static PortRow lockPort(Session session, UUID id) {
        PortRow row = session.find(PortRow.class, id, LockModeType.PESSIMISTIC_WRITE);
        if (row == null) {
            throw new NetworkException(Problem.PORT_NOT_FOUND, "Port " + id + " could not be found.");
        }
        return row;
    }

    static NetworkException networkNotFound(UUID id) {
        return new NetworkException(Problem.NETWORK_NOT_FOUND, "Network " + id + " could not be found.");
    }

    static NetworkException inUse(PortRow row) {
        return new NetworkException(
                Problem.PORT_IN_USE,
                "Unable to complete operation on port " + row.id + " for network " + row.networkId
                        + ". Port already has an attached device " + row.deviceId + ".");
    }

    /** As exact as the database keeps it, so that what was made equals what is read. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
