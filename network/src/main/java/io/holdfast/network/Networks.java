package io.holdfast.network;

import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Networks, subnets and ports. Each verb is one transaction; what it refuses it refuses with a {@link NetworkException}.
 * Who may see what is the caller's to decide.
 */
public interface Networks {

    /** By time of creation. */
    List<Network> networks();

    Optional<Network> network(UUID id);

    Network create(NewNetwork wanted);

    Network change(UUID network, NetworkChange change);

    /** Deletes it with its subnets. NETWORK_IN_USE while it has ports. */
    void deleteNetwork(UUID network);

    /** By time of creation. */
    List<Subnet> subnets();

    Optional<Subnet> subnet(UUID id);

    Subnet create(NewSubnet wanted);

    /** Ports keep the addresses that they have; a new gateway must be none of these. */
    Subnet change(UUID subnet, SubnetChange change);

    /** SUBNET_IN_USE while ports have addresses of it. */
    void deleteSubnet(UUID subnet);

    /** By time of creation. */
    List<Port> ports(PortFilter filter);

    Optional<Port> port(UUID id);

    /** Takes an address of every subnet asked for; of one of the network's when none is. A network without subnets gives none. */
    Port create(NewPort wanted);

    Port change(UUID port, PortChange change);

    /** PORT_IN_USE while an instance has it. */
    void deletePort(UUID port);

    /** The ports of each of these instances that has any, in the order of their creation. */
    Map<InstanceId, List<Port>> portsOf(Collection<InstanceId> instances);

    /** How many of everything a project has. */
    Usage usage(ProjectId project);

    /** @param physicalNetwork another network must not have it */
    record NewNetwork(
            String name,
            ProjectId project,
            String description,
            boolean shared,
            boolean adminStateUp,
            String physicalNetwork,
            int mtu) {}

    /** What is null stays as it is. */
    record NetworkChange(
            @Nullable String name,
            @Nullable String description,
            @Nullable Boolean shared,
            @Nullable Boolean adminStateUp,
            @Nullable Integer mtu) {}

    /**
     * @param pools null for all that may be given
     */
    record NewSubnet(
            UUID network,
            String name,
            ProjectId project,
            String description,
            Cidr cidr,
            Gateway gateway,
            @Nullable List<Range> pools,
            List<Ipv4> dns) {}

    /**
     * What is null stays as it is.
     */
    record SubnetChange(
            @Nullable String name,
            @Nullable String description,
            @Nullable Gateway gateway,
            @Nullable List<Range> pools,
            @Nullable List<Ipv4> dns) {}

    /** What is null does not restrict. */
    record PortFilter(
            @Nullable ProjectId project,
            @Nullable UUID network,
            @Nullable String device) {

        public static final PortFilter ALL = new PortFilter(null, null, null);
    }

    /** Which address a port shall have: of a subnet, a certain one, or both; never neither. */
    record Place(@Nullable UUID subnet, @Nullable Ipv4 address) {

        public Place {
            if (subnet == null && address == null) {
                throw new IllegalArgumentException("an address of no subnet");
            }
        }
    }

    /**
     * @param mac null for one of ours
     * @param places null for one address, an empty list for none
     * @param groups ids of security groups; null for the project's default group
     */
    record NewPort(
            UUID network,
            ProjectId project,
            String name,
            String description,
            boolean adminStateUp,
            @Nullable String mac,
            String device,
            String deviceOwner,
            @Nullable List<Place> places,
            @Nullable List<UUID> groups) {}

    /** What is null stays as it is. Device and owner cannot be changed while an instance has the port. */
    record PortChange(
            @Nullable String name,
            @Nullable String description,
            @Nullable Boolean adminStateUp,
            @Nullable String device,
            @Nullable String deviceOwner,
            @Nullable List<UUID> groups) {}

    /** How many there are. */
    record Usage(int networks, int subnets, int ports, int securityGroups, int securityGroupRules) {}
}
