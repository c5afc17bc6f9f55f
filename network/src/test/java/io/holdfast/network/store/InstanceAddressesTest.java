package io.holdfast.network.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Instances;
import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.NetworkWish.Card;
import io.holdfast.compute.Nic;
import io.holdfast.compute.Particulars;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.network.Ipv4;
import io.holdfast.network.Network;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.Networks.NetworkChange;
import io.holdfast.network.Networks.PortFilter;
import io.holdfast.network.Port;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What instances are given, keep, and give back. */
class InstanceAddressesTest {

    private static final NetworkWish AUTO = new NetworkWish.Only(true, List.of());
    private static final NetworkWish SILENT = new NetworkWish.Only(false, List.of());

    private Cloud cloud;
    private Network net;

    @BeforeEach
    void begin(@TempDir Path shared) {
        cloud = new Cloud(shared, new NetworkSettings(Map.of("default", "br-ext"), 100, 100, 40, 100, 1000));
        net = cloud.network(Cloud.RED, true, "default");
        cloud.subnet(net, "192.0.2.0/28");
    }

    @AfterEach
    void end() {
        cloud.close();
    }

    /** Nobody else tells it: there is no DHCP server. */
    @Test
    void aGuestReadsItsAddressItsRouterAndItsNameServersFromItsConfigDrive() throws Exception {
        Network other = cloud.network(Cloud.BLUE, false, "unplugged");
        cloud.subnet(
                other, "198.51.100.0/24", List.of(Ipv4.parse("198.51.100.53").orElseThrow()));
        Instance made = cloud.boot(
                new NetworkWish.These(
                        List.of(
                                new NetworkWish.Card.OfNetwork(net.id(), "192.0.2.7"),
                                new NetworkWish.Card.OfNetwork(other.id(), null)),
                        List.of()),
                Particulars.NONE.withConfigDrive(true));
        String file = "instances/" + made.id() + "/config.iso";
        await().until(() -> cloud.drives.containsKey(file));
        JsonNode read = new ObjectMapper().readTree(cloud.drives.get(file).get("openstack/latest/network_data.json"));
        // Of a network that leads nowhere on the hosts its guest has no card.
        assertThat(read.path("links")).hasSize(1);
        assertThat(read.path("links").path(0).path("ethernet_mac_address").asText())
                .isEqualTo(made.nics().getFirst().mac());
        assertThat(read.path("links").path(0).path("mtu").asInt()).isEqualTo(1500);
        JsonNode network = read.path("networks").path(0);
        assertThat(network.path("ip_address").asText()).isEqualTo("192.0.2.7");
        assertThat(network.path("netmask").asText()).isEqualTo("255.255.255.240");
        assertThat(network.path("routes").path(0).path("gateway").asText()).isEqualTo("192.0.2.1");
        assertThat(network.path("network_id").asText()).isEqualTo(net.id().toString());
        assertThat(read.path("services")).isEmpty();
    }

    @Test
    void anAddressIsGivenBeforeTheBootKeptOverAnEvacuationAndComesBackAtTheEnd() {
        Instance made = cloud.boot(AUTO);
        Port port = only(made);
        assertThat(port.addresses()).hasSize(1);
        assertThat(made.nics()).containsExactly(new Nic(port.id(), port.mac(), "br-ext"));
        await().untilAsserted(() -> assertThat(cloud.orders).hasSize(1));
        assertThat(cloud.orders.getFirst().host()).isEqualTo(HostId.of("h1"));

        cloud.evacuate(made, "h1", "h2");

        await().until(() -> cloud.orders.size() == 2);
        InstanceOrder anew = cloud.orders.getLast();
        assertThat(anew.host()).isEqualTo(HostId.of("h2"));
        assertThat(anew.spec().nics()).containsExactly(new Nic(port.id(), port.mac(), "br-ext"));
        assertThat(only(made)).isEqualTo(port);

        cloud.compute.instances().delete(made.id(), Cloud.OWNER);
        await().untilAsserted(
                        () -> assertThat(cloud.networks.ports(PortFilter.ALL)).isEmpty());
    }

    @Test
    void aDeletedInstanceOfAFencedHostGivesItsAddressBackWithItsEnd() {
        Instance made = cloud.boot(AUTO);
        await().until(() -> cloud.orders.size() == 1);
        cloud.evacuate(cloud.boot(AUTO), "h1", "h2");
        assertThat(cloud.networks.ports(PortFilter.ALL)).hasSize(2);

        cloud.compute.instances().delete(made.id(), Cloud.OWNER);

        assertThat(cloud.networks.portsOf(List.of(made.id()))).isEmpty();
        assertThat(cloud.networks.ports(PortFilter.ALL)).hasSize(1);
    }

    @Test
    void manyAtTheSameTimeGetEachAnAddressOfItsOwnUntilNoneIsLeft() throws Exception {
        // 192.0.2.0/28 has 16, without network, broadcast and gateway 13.
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<String> boot = () -> {
                try {
                    cloud.boot(AUTO);
                    return "made";
                } catch (NetworkException e) {
                    return e.problem().name();
                }
            };
            List<Future<String>> outcomes = callers.invokeAll(java.util.Collections.nCopies(20, boot));
            List<String> words = outcomes.stream().map(Future::resultNow).toList();
            assertThat(words).filteredOn("made"::equals).hasSize(13);
            assertThat(words)
                    .filteredOn(word -> !word.equals("made"))
                    .hasSize(7)
                    .containsOnly(Problem.ADDRESSES_EXHAUSTED.name());
        }
        List<Port> ports = cloud.networks.ports(PortFilter.ALL);
        Set<String> addresses = new HashSet<>();
        ports.forEach(port ->
                port.addresses().forEach(fixed -> addresses.add(fixed.address().toString())));
        assertThat(addresses).hasSize(13).doesNotContain("192.0.2.0", "192.0.2.1", "192.0.2.15");
        assertThat(ports.stream().map(Port::mac).distinct()).hasSize(13);
        // Whom none was left for is not there at all.
        assertThat(cloud.compute.instances().list(null)).hasSize(13);
    }

    @Test
    void aCreationThatIsRefusedForAnotherReasonTakesNothing() {
        assertThatThrownBy(() -> cloud.compute
                        .instances()
                        .create(
                                new Instances.NewInstance(
                                        "vm",
                                        Cloud.BLUE,
                                        "user",
                                        FlavorId.of("small"),
                                        ImageId.of(new UUID(0, 9)),
                                        null,
                                        null,
                                        List.of(),
                                        Map.of(),
                                        null,
                                        Particulars.NONE,
                                        null,
                                        AUTO),
                                Cloud.OWNER))
                .isInstanceOf(ComputeException.class);
        assertThat(cloud.networks.ports(PortFilter.ALL)).isEmpty();
    }

    @Test
    void aCertainAddressIsGivenToTheFirstWhoAsks() {
        NetworkWish wish = these(new Card.OfNetwork(net.id(), "192.0.2.7"));
        assertThat(only(cloud.boot(wish)).addresses().getFirst().address()).hasToString("192.0.2.7");

        refused(Problem.ADDRESS_TAKEN, () -> cloud.boot(wish));
        for (String none : List.of("192.0.2.0", "192.0.2.1", "192.0.2.15", "192.0.2.16", "x")) {
            refused(Problem.ADDRESS_INVALID, () -> cloud.boot(these(new Card.OfNetwork(net.id(), none))));
        }
    }

    @Test
    void aPortThatWasThereBeforeIsGivenOnceAndOutlivesItsInstance() {
        Port port = cloud.networks.create(cloud.wanted(net));
        Instance made = cloud.boot(these(new Card.OfPort(port.id()), new Card.OfNetwork(net.id(), null)));
        assertThat(made.nics()).extracting(Nic::port).first().isEqualTo(port.id());
        assertThat(cloud.networks.portsOf(List.of(made.id())).get(made.id())).hasSize(2);

        refused(Problem.PORT_IN_USE, () -> cloud.boot(these(new Card.OfPort(port.id()))));
        refused(Problem.PORT_IN_USE, () -> cloud.networks.deletePort(port.id()));
        refused(Problem.PORT_NOT_FOUND, () -> cloud.boot(these(new Card.OfPort(UUID.randomUUID()))));

        await().until(() -> cloud.orders.size() == 1);
        cloud.compute.instances().delete(made.id(), Cloud.OWNER);
        await().untilAsserted(
                        () -> assertThat(cloud.networks.ports(PortFilter.ALL)).hasSize(1));
        Port left = cloud.networks.port(port.id()).orElseThrow();
        assertThat(left.device()).isEmpty();
        assertThat(left.addresses()).isEqualTo(port.addresses());
    }

    @Test
    void whoNamesNoNetworkGetsTheOnlyOneThatItMayUse() {
        assertThat(cloud.boot(new NetworkWish.None()).nics()).isEmpty();
        assertThat(cloud.boot(SILENT).nics()).hasSize(1);
        Network hidden = cloud.network(Cloud.RED, false, "other");
        cloud.subnet(hidden, "198.51.100.0/24");
        assertThat(cloud.boot(AUTO).nics()).hasSize(1);
        refused(Problem.NETWORK_NOT_FOUND, () -> cloud.boot(these(new Card.OfNetwork(hidden.id(), null))));

        Network second = cloud.network(Cloud.BLUE, false, "third");
        refused(Problem.AMBIGUOUS, () -> cloud.boot(SILENT));
        refused(Problem.INVALID, () -> cloud.boot(these(new Card.OfNetwork(second.id(), null))));
        cloud.networks.change(second.id(), new NetworkChange(null, null, null, false, null));
        refused(Problem.INVALID, () -> cloud.boot(these(new Card.OfNetwork(second.id(), null))));
        cloud.networks.change(net.id(), new NetworkChange(null, null, null, false, null));
        refused(Problem.NO_NETWORK, () -> cloud.boot(AUTO));
        assertThat(cloud.boot(SILENT).nics()).isEmpty();
    }

    @Test
    void aNetworkWithoutABridgeGivesAddressesAndNoCard() {
        Network storage = cloud.network(Cloud.BLUE, false, "storage");
        cloud.subnet(storage, "203.0.113.0/24");
        Instance made = cloud.boot(these(new Card.OfNetwork(storage.id(), null)));
        assertThat(made.nics()).singleElement().extracting(Nic::bridge).isNull();
        assertThat(only(made).addresses()).hasSize(1);
    }

    private Port only(Instance instance) {
        List<Port> ports = cloud.networks.portsOf(List.of(instance.id())).get(instance.id());
        assertThat(ports).hasSize(1);
        return ports.getFirst();
    }

    private static NetworkWish these(Card... cards) {
        return new NetworkWish.These(List.of(cards), List.of());
    }

    private static void refused(Problem problem, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(NetworkException.class)
                .extracting(e -> ((NetworkException) e).problem())
                .isEqualTo(problem);
    }
}
