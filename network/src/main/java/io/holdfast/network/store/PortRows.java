package io.holdfast.network.store;

import io.holdfast.network.Ipv4;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.Networks.Place;
import io.holdfast.network.Port;
import io.holdfast.network.core.AddressPlan;
import io.holdfast.network.core.Macs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Ports and their addresses within somebody's transaction.
 *
 * <p>Invariant: an address or a MAC is taken by inserting it, and the database's key says whether it was free. Where another
 * transaction has just inserted the same and not ended, ours waits for its end.
 */
final class PortRows {

    private static final int MAC_ATTEMPTS = 32;

    /** How many addresses are looked at first; the next look is at eight times as many. */
    private static final int FIRST_LOOK = 16;

    private static final int LONGEST_LOOK = 4096;

    private PortRows() {}

    /**
     * Stores the port with a MAC of its own.
     *
     * @param mac null for one of ours
     * @throws NetworkException MAC_TAKEN
     */
    static void insert(Session session, PortRow row, @Nullable String mac) {
        if (mac != null) {
            if (!insertWith(session, row, mac)) {
                throw new NetworkException(
                        Problem.MAC_TAKEN, "Unable to complete operation: the MAC address " + mac + " is in use.");
            }
            return;
        }
        // Of some sixteen million; the port's id is chance enough, and another attempt looks at other bits of it.
        long seed = row.id.getMostSignificantBits();
        for (int attempt = 0; attempt < MAC_ATTEMPTS; attempt++) {
            if (insertWith(session, row, Macs.of(seed + attempt * 0x9e_3779L))) {
                return;
            }
        }
        throw new NetworkException(Problem.MAC_TAKEN, "No MAC address is free for another port.");
    }

    private static boolean insertWith(Session session, PortRow row, String mac) {
        row.mac = mac;
        return session.createNativeMutationQuery("""
                        insert into port (id, network_id, project, name, description, mac, admin_state_up, device_id,
                                          device_owner, made_for_device, created_at, updated_at)
                        values (:id, :network, :project, :name, :description, :mac, :up, :device, :owner, :made, :now, :now)
                        on conflict (mac) do nothing
                        """)
                        .setParameter("id", row.id)
                        .setParameter("network", row.networkId)
                        .setParameter("project", row.project)
                        .setParameter("name", row.name)
                        .setParameter("description", row.description)
                        .setParameter("mac", mac)
                        .setParameter("up", row.adminStateUp)
                        .setParameter("device", row.deviceId)
                        .setParameter("owner", row.deviceOwner)
                        .setParameter("made", row.madeForDevice)
                        .setParameter("now", row.createdAt)
                        .executeUpdate()
                == 1;
    }

    /**
     * Takes one address of the network: of its first subnet that has one.
     *
     * @throws NetworkException ADDRESSES_EXHAUSTED when none has
     */
    static void takeAny(Session session, UUID port, UUID network, List<SubnetRow> subnets) {
        for (SubnetRow subnet : subnets) {
            if (takeFree(session, port, subnet)) {
                return;
            }
        }
        throw new NetworkException(
                Problem.ADDRESSES_EXHAUSTED, "No more IP addresses available on network " + network + ".");
    }

    /** @throws NetworkException when there is no such place, or it is taken */
    static void take(Session session, UUID port, UUID network, List<SubnetRow> subnets, Place place) {
        SubnetRow subnet = subnets.stream()
                .filter(one -> place.subnet() == null || place.subnet().equals(one.id))
                .filter(one -> place.subnet() != null
                        || (place.address() != null && one.range().contains(place.address())))
                .findFirst()
                .orElseThrow(() -> new NetworkException(
                        Problem.ADDRESS_INVALID,
                        place.address() == null
                                ? "Subnet " + place.subnet() + " is not of network " + network + "."
                                : "IP address " + place.address() + " is not a valid IP for any of the subnets on the"
                                        + " specified network."));
        Ipv4 address = place.address();
        if (address == null) {
            if (!takeFree(session, port, subnet)) {
                throw new NetworkException(
                        Problem.ADDRESSES_EXHAUSTED, "No more IP addresses available on subnet " + subnet.id + ".");
            }
            return;
        }
        if (!subnet.plan().allows(address)) {
            throw new NetworkException(
                    Problem.ADDRESS_INVALID,
                    "IP address " + address + " is not a valid IP for the specified subnet " + subnet.cidr + ".");
        }
        if (!insertAddress(session, port, subnet.id, address)) {
            throw new NetworkException(
                    Problem.ADDRESS_TAKEN, "IP address " + address + " already allocated in subnet " + subnet.id + ".");
        }
    }

    private static boolean takeFree(Session session, UUID port, SubnetRow subnet) {
        AddressPlan plan = subnet.plan();
        long seed = port.getLeastSignificantBits();
        int look = FIRST_LOOK;
        long from = 0;
        while (from < plan.size()) {
            List<Ipv4> candidates = plan.candidates(seed, from, look);
            Set<String> taken = new HashSet<>(session.createNativeQuery(
                            "select address from port_address where subnet_id = :subnet and address in (:all)",
                            String.class)
                    .setParameter("subnet", subnet.id)
                    .setParameterList(
                            "all", candidates.stream().map(Ipv4::toString).toList())
                    .list());
            for (Ipv4 candidate : candidates) {
                // One that somebody takes at this moment is seen as free, and found taken by the key.
                if (!taken.contains(candidate.toString()) && insertAddress(session, port, subnet.id, candidate)) {
                    return true;
                }
            }
            from += candidates.size();
            look = Math.min(LONGEST_LOOK, look * 8);
        }
        return false;
    }

    private static boolean insertAddress(Session session, UUID port, UUID subnet, Ipv4 address) {
        return session.createNativeMutationQuery("""
                        insert into port_address (subnet_id, address, port_id) values (:subnet, :address, :port)
                        on conflict (subnet_id, address) do nothing
                        """)
                        .setParameter("subnet", subnet)
                        .setParameter("address", address.toString())
                        .setParameter("port", port)
                        .executeUpdate()
                == 1;
    }

    static void putIn(Session session, UUID port, Collection<UUID> groups) {
        for (UUID group : groups) {
            session.createNativeMutationQuery(
                            "insert into port_security_group (port_id, group_id) values (:port, :group)")
                    .setParameter("port", port)
                    .setParameter("group", group)
                    .executeUpdate();
        }
    }

    static void takeOutOfAll(Session session, UUID port) {
        session.createNativeMutationQuery("delete from port_security_group where port_id = :port")
                .setParameter("port", port)
                .executeUpdate();
    }

    /** Two statements more, for all ports together. */
    static List<Port> complete(Session session, List<PortRow> rows) {
        if (rows.isEmpty()) {
            return List.of();
        }
        List<UUID> ids = rows.stream().map(row -> row.id).toList();
        Map<UUID, List<Port.Fixed>> addresses = new HashMap<>();
        session.createNativeQuery(
                        "select port_id, subnet_id, address from port_address where port_id in (:ids)", Object[].class)
                .setParameterList("ids", ids)
                .list()
                .forEach(line -> addresses
                        .computeIfAbsent((UUID) line[0], port -> new ArrayList<>())
                        .add(new Port.Fixed((UUID) line[1], SubnetRow.address((String) line[2]))));
        Map<UUID, List<UUID>> groups = new HashMap<>();
        session.createNativeQuery(
                        "select port_id, group_id from port_security_group where port_id in (:ids) order by group_id",
                        Object[].class)
                .setParameterList("ids", ids)
                .list()
                .forEach(line -> groups.computeIfAbsent((UUID) line[0], port -> new ArrayList<>())
                        .add((UUID) line[1]));
        addresses.values().forEach(list -> list.sort(Comparator.comparing(Port.Fixed::address)));
        return rows.stream()
                .map(row ->
                        row.toPort(addresses.getOrDefault(row.id, List.of()), groups.getOrDefault(row.id, List.of())))
                .toList();
    }

    static List<SubnetRow> subnets(Session session, UUID network) {
        return session.createSelectionQuery(
                        "from Subnet where networkId = :network order by createdAt, id", SubnetRow.class)
                .setParameter("network", network)
                .list();
    }
}
