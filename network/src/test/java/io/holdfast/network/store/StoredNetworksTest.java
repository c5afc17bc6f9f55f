package io.holdfast.network.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.ProjectId;
import io.holdfast.network.Gateway;
import io.holdfast.network.Ipv4;
import io.holdfast.network.Network;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.Networks;
import io.holdfast.network.Networks.Place;
import io.holdfast.network.Networks.PortFilter;
import io.holdfast.network.Port;
import io.holdfast.network.Range;
import io.holdfast.network.SecurityGroup;
import io.holdfast.network.SecurityGroups.NewRule;
import io.holdfast.network.Subnet;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks, subnets, ports and groups as their owners make them, and every refusal. */
class StoredNetworksTest {

    private Cloud cloud;
    private Network net;
    private Subnet subnet;

    @BeforeEach
    void begin(@TempDir Path shared) {
        cloud = new Cloud(shared, new NetworkSettings(Map.of(), 2, 2, 3, 2, 7));
        net = cloud.network(Cloud.BLUE, false, "default");
        subnet = cloud.subnet(net, "192.0.2.0/24", range("192.0.2.10", "192.0.2.11"));
    }

    @AfterEach
    void end() {
        cloud.close();
    }

    @Test
    void whatWasMadeIsReadAgain() {
        Port port = cloud.networks.create(cloud.wanted(net));
        assertThat(cloud.networks.port(port.id())).hasValue(port);
        assertThat(cloud.networks.ports(new PortFilter(Cloud.BLUE, net.id(), "")))
                .containsExactly(port);
        assertThat(cloud.networks.ports(new PortFilter(Cloud.RED, null, null))).isEmpty();
        assertThat(cloud.networks.subnet(subnet.id())).hasValue(subnet);
        assertThat(cloud.networks.subnets()).containsExactly(subnet);
        assertThat(cloud.networks.networks()).singleElement().satisfies(one -> {
            assertThat(one.subnets()).containsExactly(subnet.id());
            assertThat(cloud.networks.network(net.id())).hasValue(one);
        });
        assertThat(cloud.networks.usage(Cloud.BLUE)).isEqualTo(new Networks.Usage(1, 1, 1, 1, 4));
    }

    @Test
    void thePoolIsExhaustedThenWhatIsDeletedComesBack() {
        Port first = cloud.networks.create(cloud.wanted(net));
        Port second = cloud.networks.create(cloud.wanted(net));
        refused(Problem.ADDRESSES_EXHAUSTED, () -> cloud.networks.create(cloud.wanted(net)));
        refused(
                Problem.ADDRESSES_EXHAUSTED,
                () -> cloud.networks.create(cloud.wanted(net, new Place(subnet.id(), null))));
        // One outside of the pools is given to whoever asks for it.
        Port third = cloud.networks.create(cloud.wanted(net, new Place(null, address("192.0.2.99"))));
        assertThat(third.addresses())
                .singleElement()
                .hasToString("Fixed[subnet=" + subnet.id() + ", address=192.0.2.99]");
        refused(Problem.QUOTA, () -> cloud.networks.create(cloud.wanted(net)));

        cloud.networks.deletePort(first.id());
        assertThat(cloud.networks.create(cloud.wanted(net)).addresses()).isEqualTo(first.addresses());
        assertThat(second.addresses()).isNotEqualTo(first.addresses());
    }

    @Test
    void aMacIsGivenOnce() {
        Networks.NewPort wanted = withMac("02:00:00:00:00:01");
        cloud.networks.create(wanted);
        refused(Problem.MAC_TAKEN, () -> cloud.networks.create(wanted));
        refused(Problem.INVALID, () -> cloud.networks.create(withMac("01:00:5e:00:00:01")));
        assertThat(cloud.networks.ports(PortFilter.ALL)).hasSize(1);
    }

    private Networks.NewPort withMac(String mac) {
        return new Networks.NewPort(net.id(), Cloud.BLUE, "", "", true, mac, "", "", List.of(), List.of());
    }

    @Test
    void whatIsUsedIsNotDeleted() {
        Port port = cloud.networks.create(cloud.wanted(net));
        refused(Problem.SUBNET_IN_USE, () -> cloud.networks.deleteSubnet(subnet.id()));
        refused(Problem.NETWORK_IN_USE, () -> cloud.networks.deleteNetwork(net.id()));
        cloud.networks.deletePort(port.id());
        cloud.networks.deleteNetwork(net.id());
        assertThat(cloud.networks.subnets()).isEmpty();
        refused(Problem.NETWORK_NOT_FOUND, () -> cloud.networks.deleteNetwork(net.id()));
        refused(Problem.SUBNET_NOT_FOUND, () -> cloud.networks.deleteSubnet(subnet.id()));
        refused(Problem.PORT_NOT_FOUND, () -> cloud.networks.deletePort(port.id()));
        refused(Problem.NETWORK_NOT_FOUND, () -> cloud.networks.create(cloud.wanted(net)));
    }

    @Test
    void aNetworkIsTheOnlyOneOnItsWireAndARangeTheOnlyOneOnItsNetwork() {
        refused(Problem.PHYSICAL_NETWORK_TAKEN, () -> cloud.network(Cloud.RED, false, "default"));
        refused(Problem.INVALID, () -> cloud.network(Cloud.RED, false, "two words"));
        refused(Problem.INVALID, () -> cloud.subnet(net, "192.0.2.128/25"));
        cloud.subnet(net, "198.51.100.0/24");
        refused(Problem.QUOTA, () -> cloud.subnet(net, "203.0.113.0/24"));
        cloud.network(Cloud.BLUE, false, "second");
        refused(Problem.QUOTA, () -> cloud.network(Cloud.BLUE, false, "third"));
    }

    @Test
    void aSubnetIsChangedWithinWhatPortsHave() {
        Port port = cloud.networks.create(cloud.wanted(net, new Place(null, address("192.0.2.20"))));
        refused(Problem.ADDRESS_TAKEN, () -> change(new Gateway.At(address("192.0.2.20")), null));
        refused(Problem.OVERLAP, () -> change(new Gateway.At(address("192.0.2.10")), null));
        Subnet changed = change(new Gateway.None(), List.of(range("192.0.2.1", "192.0.2.9")));
        assertThat(changed.gateway()).isNull();
        assertThat(changed.pools()).containsExactly(range("192.0.2.1", "192.0.2.9"));
        assertThat(changed.dns()).containsExactly(address("192.0.2.53"));
        assertThat(cloud.networks.port(port.id())).hasValue(port);
    }

    private Subnet change(@Nullable Gateway gateway, @Nullable List<Range> pools) {
        return cloud.networks.change(
                subnet.id(),
                new Networks.SubnetChange("renamed", "why", gateway, pools, List.of(address("192.0.2.53"))));
    }

    @Test
    void sharingEndsOnlyWhenNobodyElseIsOnIt() {
        cloud.networks.change(net.id(), new Networks.NetworkChange("n", "d", true, null, 9000));
        Port other = cloud.networks.create(
                new Networks.NewPort(net.id(), Cloud.RED, "", "", true, null, "", "", null, null));
        Networks.NetworkChange alone = new Networks.NetworkChange(null, null, false, null, null);
        refused(Problem.NETWORK_IN_USE, () -> cloud.networks.change(net.id(), alone));
        cloud.networks.deletePort(other.id());
        Network changed = cloud.networks.change(net.id(), alone);
        assertThat(changed.shared()).isFalse();
        assertThat(changed.mtu()).isEqualTo(9000);
    }

    @Test
    void aPortIsChanged() {
        Port port = cloud.networks.create(cloud.wanted(net));
        SecurityGroup group = cloud.groups.create(Cloud.BLUE, "web", "");
        Port changed = cloud.networks.change(
                port.id(), new Networks.PortChange("p", "why", false, "router", "mine", List.of(group.id())));
        assertThat(changed.groups()).containsExactly(group.id());
        assertThat(changed.addresses()).isEqualTo(port.addresses());
        assertThat(List.of(changed.name(), changed.device(), changed.deviceOwner()))
                .containsExactly("p", "router", "mine");
        refused(Problem.GROUP_IN_USE, () -> cloud.groups.deleteGroup(group.id()));
        refused(
                Problem.GROUP_NOT_FOUND,
                () -> cloud.networks.change(
                        port.id(), new Networks.PortChange(null, null, null, null, null, List.of(UUID.randomUUID()))));
    }

    @Test
    void eachProjectHasOneDefaultGroupHoweverManyLookForItAtOnce() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            callers.invokeAll(java.util.Collections.nCopies(8, () -> cloud.groups.groups(Cloud.RED)));
        }
        List<SecurityGroup> groups = cloud.groups.groups(Cloud.RED);
        assertThat(groups).singleElement().satisfies(group -> {
            assertThat(group.name()).isEqualTo("default");
            assertThat(group.rules()).hasSize(4);
        });
        UUID id = groups.getFirst().id();
        refused(Problem.DEFAULT_GROUP, () -> cloud.groups.deleteGroup(id));
        refused(Problem.DEFAULT_GROUP, () -> cloud.groups.create(Cloud.RED, "default", ""));
        refused(Problem.DEFAULT_GROUP, () -> cloud.groups.change(id, "other", null));
        assertThat(cloud.groups.change(id, null, "described").description()).isEqualTo("described");
    }

    @Test
    void rulesAreKeptOnceAndOnlyWhatMakesSense() {
        SecurityGroup group = cloud.groups.create(Cloud.BLUE, "web", "for web");
        assertThat(group.rules()).extracting(SecurityGroup.Rule::direction).containsExactly("egress", "egress");
        NewRule ssh = rule(group, "tcp", 22, 22, "0.0.0.0/0", null);
        SecurityGroup.Rule made = cloud.groups.create(ssh);
        assertThat(cloud.groups.rule(made.id())).hasValue(made);
        refused(Problem.RULE_EXISTS, () -> cloud.groups.create(ssh));
        for (NewRule wrong : List.of(
                rule(group, "nonsense", null, null, null, null),
                rule(group, "256", null, null, null, null),
                rule(group, null, 1, 2, null, null),
                rule(group, "tcp", 23, 22, null, null),
                rule(group, "tcp", 0, 22, null, null),
                rule(group, "gre", 1, 1, null, null),
                rule(group, "icmp", null, 3, null, null),
                rule(group, "icmp", 256, null, null, null),
                rule(group, "tcp", 1, 1, "10.0.0.0/8", group.id()),
                rule(group, "tcp", 1, 1, "10.0.0.0/33", null),
                rule(group, "tcp", 1, 1, "10.0.0.300/8", null),
                rule(group, "tcp", 1, 1, "2001:db8::/32", null))) {
            refused(Problem.INVALID, () -> cloud.groups.create(wrong));
        }
        refused(Problem.GROUP_NOT_FOUND, () -> cloud.groups.create(rule(group, "tcp", 1, 1, null, UUID.randomUUID())));
        cloud.groups.create(rule(group, "udp", 53, 53, null, group.id()));
        cloud.groups.deleteRule(made.id());
        refused(Problem.RULE_NOT_FOUND, () -> cloud.groups.deleteRule(made.id()));
        cloud.groups.deleteGroup(group.id());
        refused(Problem.GROUP_NOT_FOUND, () -> cloud.groups.deleteGroup(group.id()));
        assertThat(cloud.groups.group(group.id())).isEmpty();
    }

    @Test
    void groupsAndRulesHaveTheirLimits() {
        cloud.groups.groups(ProjectId.of("green"));
        SecurityGroup group = cloud.groups.create(ProjectId.of("green"), "one", "");
        refused(Problem.QUOTA, () -> cloud.groups.create(ProjectId.of("green"), "two", ""));
        cloud.groups.create(rule(group, "tcp", 1, 1, null, null));
        refused(Problem.QUOTA, () -> cloud.groups.create(rule(group, "tcp", 2, 2, null, null)));
    }

    private static NewRule rule(
            SecurityGroup group,
            @Nullable String protocol,
            @Nullable Integer min,
            @Nullable Integer max,
            @Nullable String prefix,
            @Nullable UUID remote) {
        return new NewRule(group.id(), "", "ingress", "IPv4", protocol, min, max, prefix, remote);
    }

    private static Ipv4 address(String text) {
        return Ipv4.parse(text).orElseThrow();
    }

    private static Range range(String first, String last) {
        return new Range(address(first), address(last));
    }

    private static void refused(Problem problem, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(NetworkException.class)
                .extracting(e -> ((NetworkException) e).problem())
                .isEqualTo(problem);
    }
}
