package io.holdfast.network.store;

import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.core.ConfigDriveContent.Link;
import io.holdfast.compute.store.InstanceNetworks;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.network.Ipv4;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.Networks.Place;
import io.holdfast.network.Port;
import io.holdfast.network.Subnet;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** The ports of instances, taken and given back in the transactions of their instances. */
public final class StoredInstanceNetworks implements InstanceNetworks {

    private static final String OWNER = Port.COMPUTE + "nova";

    private final Map<String, String> bridges;
    private final Quotas quotas;
    private final GroupRows groups;
    private final InstantSource clock;

    public StoredInstanceNetworks(NetworkSettings settings, InstantSource clock) {
        this.bridges = settings.bridges();
        this.quotas = new Quotas(settings);
        this.groups = new GroupRows(clock);
        this.clock = clock;
    }

    @Override
    public @Nullable String bridge(String physicalNetwork) {
        return bridges.get(physicalNetwork);
    }

    @Override
    public List<Plug> take(Session session, InstanceId instance, ProjectId project, NetworkWish wish) {
        return switch (wish) {
            case NetworkWish.None() -> List.of();
            case NetworkWish.Only(boolean required, List<String> words) -> {
                NetworkRow network = only(session, project, required);
                yield network == null
                        ? List.of()
                        : List.of(make(
                                session, instance, project, network, null, groups.ofWords(session, project, words)));
            }
            case NetworkWish.These(List<NetworkWish.Card> cards, List<String> words) ->
                these(session, instance, project, cards, words);
        };
    }

    private List<Plug> these(
            Session session, InstanceId instance, ProjectId project, List<NetworkWish.Card> cards, List<String> words) {
        Set<UUID> in = cards.stream().anyMatch(NetworkWish.Card.OfNetwork.class::isInstance)
                ? groups.ofWords(session, project, words)
                : Set.of();
        List<Plug> plugs = new ArrayList<>();
        for (NetworkWish.Card card : cards) {
            plugs.add(
                    switch (card) {
                        case NetworkWish.Card.OfPort(UUID port) -> give(session, instance, project, port);
                        case NetworkWish.Card.OfNetwork(UUID network, @Nullable String address) ->
                            make(session, instance, project, usable(session, project, network), address, in);
                    });
        }
        return plugs;
    }

    private static @Nullable NetworkRow only(Session session, ProjectId project, boolean required) {
        List<NetworkRow> all = session.createSelectionQuery("from Network where adminStateUp", NetworkRow.class)
                .list();
        List<NetworkRow> usable =
                all.stream().filter(row -> row.mayBeUsedBy(project)).toList();
        if (usable.size() > 1) {
            throw new NetworkException(
                    Problem.AMBIGUOUS, "Multiple possible networks found, use a Network ID to be more specific.");
        }
        if (usable.isEmpty() && required && !all.isEmpty()) {
            throw new NetworkException(
                    Problem.NO_NETWORK, "Unable to automatically allocate a network for project " + project);
        }
        return usable.isEmpty() ? null : usable.getFirst();
    }

    private static NetworkRow usable(Session session, ProjectId project, UUID id) {
        NetworkRow row = session.find(NetworkRow.class, id);
        if (row == null || !row.mayBeUsedBy(project)) {
            throw StoredNetworks.networkNotFound(id);
        }
        if (!row.adminStateUp) {
            throw new NetworkException(Problem.INVALID, "Network " + id + " is disabled.");
        }
        return row;
    }

    private Plug make(
            Session session,
            InstanceId instance,
            ProjectId project,
            NetworkRow network,
            @Nullable String address,
            Set<UUID> in) {
        quotas.forPort(session, project);
        List<SubnetRow> subnets = PortRows.subnets(session, network.id);
        if (subnets.isEmpty()) {
            throw new NetworkException(
                    Problem.INVALID, "Network " + network.id + " requires a subnet in order to boot instances on.");
        }
        Instant now = clock.instant();
        PortRow row = new PortRow();
        row.id = UUID.randomUUID();
        row.networkId = network.id;
        row.project = project.value();
        row.name = "";
        row.description = "";
        row.adminStateUp = true;
        row.deviceId = instance.toString();
        row.deviceOwner = OWNER;
        row.madeForDevice = true;
        row.createdAt = now;
        PortRows.insert(session, row, null);
        if (address == null) {
            PortRows.takeAny(session, row.id, network.id, subnets);
        } else {
            Ipv4 wanted = Ipv4.parse(address)
                    .orElseThrow(() -> new NetworkException(
                            Problem.ADDRESS_INVALID,
                            "Fixed IP address (" + address + ") is not a valid IPv4 address."));
            PortRows.take(session, row.id, network.id, subnets, new Place(null, wanted));
        }
        PortRows.putIn(session, row.id, in);
        return new Plug(row.id, row.mac, network.physicalNetwork);
    }

    /** A port that was made before; two instances that want it at the same time wait for its row, and one is refused. */
    private Plug give(Session session, InstanceId instance, ProjectId project, UUID id) {
        PortRow row = session.find(PortRow.class, id, LockModeType.PESSIMISTIC_WRITE);
        if (row == null || !row.project.equals(project.value())) {
            throw new NetworkException(Problem.PORT_NOT_FOUND, "Port id " + id + " could not be found.");
        }
        if (!row.deviceId.isEmpty()) {
            throw new NetworkException(Problem.PORT_IN_USE, "Port " + id + " is still in use.");
        }
        row.deviceId = instance.toString();
        row.deviceOwner = OWNER;
        row.updatedAt = clock.instant();
        session.flush();
        NetworkRow network = session.find(NetworkRow.class, row.networkId);
        if (network == null) {
            throw StoredNetworks.networkNotFound(row.networkId);
        }
        return new Plug(row.id, row.mac, network.physicalNetwork);
    }

    @Override
    public List<Link> links(Session session, List<UUID> ports) {
        Map<UUID, Port> found = new HashMap<>();
        PortRows.complete(
                        session,
                        session.createSelectionQuery("from Port where id in (:ids)", PortRow.class)
                                .setParameterList("ids", ports)
                                .list())
                .forEach(port -> found.put(port.id(), port));
        return ports.stream()
                .map(found::get)
                .filter(Objects::nonNull)
                .flatMap(port -> links(session, port))
                .toList();
    }

    private static Stream<Link> links(Session session, Port port) {
        NetworkRow network = session.find(NetworkRow.class, port.network());
        if (network == null) {
            throw StoredNetworks.networkNotFound(port.network());
        }
        if (port.addresses().isEmpty()) {
            return Stream.of(new Link(port.id(), port.network(), port.mac(), network.mtu, null, null, null, List.of()));
        }
        return port.addresses().stream().map(fixed -> {
            SubnetRow row = session.find(SubnetRow.class, fixed.subnet());
            if (row == null) {
                throw StoredNetworks.networkNotFound(port.network());
            }
            Subnet subnet = row.toSubnet();
            return new Link(
                    port.id(),
                    port.network(),
                    port.mac(),
                    network.mtu,
                    fixed.address().toString(),
                    subnet.cidr().netmask().toString(),
                    subnet.gateway() == null ? null : subnet.gateway().toString(),
                    subnet.dns().stream().map(Ipv4::toString).toList());
        });
    }

    @Override
    public void release(Session session, InstanceId instance) {
        session.createMutationQuery(
                        "delete from Port where deviceId = :device and deviceOwner = :owner and madeForDevice")
                .setParameter("device", instance.toString())
                .setParameter("owner", OWNER)
                .executeUpdate();
        session.createMutationQuery("update Port set deviceId = '', deviceOwner = '', updatedAt = :now"
                        + " where deviceId = :device and deviceOwner = :owner")
                .setParameter("device", instance.toString())
                .setParameter("owner", OWNER)
                .setParameter("now", clock.instant())
                .executeUpdate();
    }
}
