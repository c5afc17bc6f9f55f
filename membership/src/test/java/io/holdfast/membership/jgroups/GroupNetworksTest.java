package io.holdfast.membership.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.CutSettings;
import io.holdfast.membership.GroupAddress;
import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.NetworkSettings;
import io.holdfast.membership.TestPki;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionFactory;
import org.jgroups.Address;
import org.jgroups.JChannel;
import org.jgroups.protocols.DISCARD;
import org.jgroups.protocols.TP;
import org.jgroups.stack.ProtocolStack;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real channels over loopback: two networks are two groups on ports of their own. */
class GroupNetworksTest {

    private static final SegmentId SEGMENT = SegmentId.of("s1");
    private static final Network STORAGE = new Network("storage");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final NetworkSettings LOOPBACK = new NetworkSettings("127.0.0.1", 0, List.of());

    @TempDir
    static Path pki;

    @TempDir
    static Path strangersPki;

    private static TlsKeys tls;
    private static TlsKeys stranger;

    private final Map<Network, Map<String, GroupAddress>> published = new ConcurrentHashMap<>();
    private final List<Observation.GroupView> views = new CopyOnWriteArrayList<>();
    private final List<Network> unchanged = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void makeIdentities() throws Exception {
        tls = TestPki.create(pki);
        stranger = TestPki.create(strangersPki);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : opened.reversed()) {
            one.close();
        }
    }

    @Test
    void aNetworkThatIsLostChangesItsOwnViewAndNoOther() {
        controller(on(LOOPBACK));
        agent("h1");
        GroupMember h2 = agent("h2");
        agent("h3");
        awaitView(Network.MANAGEMENT, "h1", "h2", "h3");
        awaitView(STORAGE, "h1", "h2", "h3");

        // That nothing has changed is told, too: what nobody looks at any more must not pass for what is as it was.
        unchanged.clear();
        await().atMost(LIMIT).until(() -> unchanged.containsAll(List.of(Network.MANAGEMENT, STORAGE)));

        views.clear();
        h2.networks().place(STORAGE).close();

        awaitView(STORAGE, "h1", "h3");
        staysFor(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(views)
                        .as("views of management")
                        .noneMatch(view -> view.network().equals(Network.MANAGEMENT)));
    }

    @Test
    void aControllerThatIsNotOnANetworkSeesItThroughTheHostsThere() {
        controller(on(new NetworkSettings(null, 0, List.of())));
        agent("h1");
        GroupMember h2 = agent("h2");
        agent("h3");
        awaitView(STORAGE, "h1", "h2", "h3");
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(last(STORAGE).words()).isEmpty());

        discard(h2, STORAGE).discardAll(true);

        awaitView(STORAGE, "h1", "h3");
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(last(STORAGE).words().get(HostId.of("h2")))
                        .isEqualTo("gone by 2 of 2 observers: h1, h3"));
        assertThat(hosts(last(Network.MANAGEMENT))).containsExactlyInAnyOrder("h1", "h2", "h3");

        discard(h2, STORAGE).discardAll(false);

        awaitView(STORAGE, "h1", "h2", "h3");
    }

    @Test
    void aHostThatOneMemberAloneDoesNotHearIsThereEvenIfTheGroupDropsIt() {
        // The first member is the group's coordinator, who alone decides about its view.
        controller(on(LOOPBACK));
        awaitView(Network.MANAGEMENT);
        agent("h1");
        GroupMember h2 = agent("h2");
        agent("h3");
        awaitView(Network.MANAGEMENT, "h1", "h2", "h3");
        // Whom an observer never heard it does not miss.
        await().atMost(LIMIT)
                .until(() ->
                        watch.networks().place(Network.MANAGEMENT).audible().size() == 3);
        views.clear();

        // One direction: the controller hears nothing of h2, and h2 hears it.
        watchDiscards(Network.MANAGEMENT).addIgnoreMember(address(h2, Network.MANAGEMENT));

        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(last(Network.MANAGEMENT).words().get(HostId.of("h2")))
                        .isEqualTo("silent to 1 of 3 observers: controller c1"));
        staysFor(Duration.ofSeconds(3))
                .untilAsserted(() -> assertThat(views)
                        .filteredOn(view -> view.network().equals(Network.MANAGEMENT))
                        .allMatch(view -> view.agents().containsKey(HostId.of("h2"))));
    }

    @Test
    void whatIsReportedOfANetworkThatIsCutArrivesOverAnother() {
        controller(on(LOOPBACK));
        GroupMember h1 = agent("h1");
        agent("h2");
        agent("h3");
        awaitView(Network.MANAGEMENT, "h1", "h2", "h3");
        awaitView(STORAGE, "h1", "h2", "h3");

        // The controller's own place on storage: it hears nobody there, and the hosts hear each other.
        watchDiscards(STORAGE).discardAll(true);

        await().atMost(LIMIT).until(() -> watchMembers(STORAGE) == 1);
        staysFor(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(hosts(last(STORAGE))).containsExactlyInAnyOrder("h1", "h2", "h3"));

        h1.close();

        awaitView(STORAGE, "h2", "h3");
    }

    /** Hosts are called over management: who hears none of them there has nothing to conclude from a call without an answer. */
    @Test
    void whoHearsNoHostItselfOnManagementSeesNobodyThereWhateverOthersReport() {
        controller(on(LOOPBACK));
        GroupMember h1 = agent("h1");
        agent("h2");
        agent("h3");
        awaitView(Network.MANAGEMENT, "h1", "h2", "h3");
        awaitView(STORAGE, "h1", "h2", "h3");

        watchDiscards(Network.MANAGEMENT).discardAll(true);

        awaitView(Network.MANAGEMENT);
        staysFor(Duration.ofSeconds(2)).untilAsserted(() -> {
            assertThat(hosts(last(Network.MANAGEMENT))).isEmpty();
            assertThat(hosts(last(STORAGE))).containsExactlyInAnyOrder("h1", "h2", "h3");
        });

        h1.close();

        awaitView(STORAGE, "h2", "h3");
    }

    @Test
    void aWrongCertificateIsRefusedOnTheNetworkOnWhichItIsShown() {
        controller(on(LOOPBACK));
        agent("h1");
        awaitView(STORAGE, "h1");
        NetworkObserver wrong = new NetworkObserver(
                settings(Map.of()),
                new GroupPlace(SEGMENT, STORAGE, Member.host(HostId.of("h9"), "session-h9"), LOOPBACK),
                stranger,
                new SharedDirectory(STORAGE),
                new Nobody());
        opened.add(wrong);
        wrong.start();

        await().atMost(LIMIT).until(() -> members(STORAGE).containsKey("h9"));
        staysFor(Duration.ofSeconds(4)).untilAsserted(() -> {
            assertThat(views).noneMatch(view -> view.agents().containsKey(HostId.of("h9")));
            assertThat(hosts(last(STORAGE))).containsExactly("h1");
        });
    }

    @Test
    void anAddressThatThisMachineDoesNotHaveIsRefusedByTheSettingsName() {
        assertThatThrownBy(() -> controller(on(new NetworkSettings("203.0.113.77", 0, List.of()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "membership.networks.storage.bind-address: this machine has no address 203.0.113.77");
        assertThatThrownBy(() -> GroupWatch.ofController(
                        MembershipSettings.defaults().at(null, "203.0.113.77", 0, 0),
                        SEGMENT,
                        "c1",
                        tls,
                        SharedDirectory::new))
                .hasMessageContaining("membership.bind-address: this machine has no address 203.0.113.77");
    }

    @Test
    void anAgentMustSayItsAddressOnEachNetworkItNames() {
        assertThatThrownBy(() -> GroupMember.ofAgent(
                        settings(on(NetworkSettings.defaults())), registration("h1"), tls, SharedDirectory::new))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("membership.networks.storage.bind-address is missing");
    }

    // ---- the stage

    private GroupWatch watch;

    private static Map<Network, NetworkSettings> on(NetworkSettings storage) {
        return Map.of(STORAGE, storage);
    }

    /** Slower than the product's, so that a busy machine makes nobody silent whom the test did not silence. */
    private static MembershipSettings settings(Map<Network, NetworkSettings> networks) {
        MembershipSettings m = MembershipSettings.defaults();
        return new MembershipSettings(
                m.connectString(),
                m.zookeeperPort(),
                "127.0.0.1",
                m.sessionTimeout(),
                0,
                m.groupHosts(),
                networks,
                new CutSettings(10, 9, 3, Duration.ofMillis(500), Duration.ofSeconds(5), Duration.ofMillis(500), 3),
                Duration.ofMillis(200),
                Duration.ofMillis(1500),
                Duration.ofMillis(500),
                m.leaseTime(),
                m.groupTime(),
                m.probeTime(),
                m.hangTime(),
                m.probeTimeout(),
                m.powerTimeout(),
                m.askTime(),
                m.inquiryInterval(),
                m.agentSilence(),
                m.grace(),
                m.settleTime(),
                m.tickInterval(),
                m.pauseLimit(),
                m.shareWindow(),
                m.maxShare(),
                m.slotTime(),
                m.verdictRepeat(),
                m.health());
    }

    private void controller(Map<Network, NetworkSettings> networks) {
        watch = GroupWatch.ofController(settings(networks), SEGMENT, "c1", tls, SharedDirectory::new);
        opened.add(watch);
        watch.start(observation -> {
            if (observation instanceof Observation.GroupView view) {
                views.add(view);
            } else {
                assertThat(observation).isInstanceOf(Observation.GroupUnchanged.class);
                unchanged.add(((Observation.GroupUnchanged) observation).network());
            }
        });
    }

    private GroupMember agent(String host) {
        GroupMember member = GroupMember.ofAgent(settings(on(LOOPBACK)), registration(host), tls, SharedDirectory::new);
        opened.add(member);
        member.start();
        return member;
    }

    private static HostRegistration registration(String host) {
        return new HostRegistration(
                HostId.of(host), SEGMENT, "z1", "boot", "session-" + host, "127.0.0.1", 1, Resources.NOTHING);
    }

    /** Put in when it is first asked for; loses what it is told to lose. */
    private static DISCARD discard(GroupMember member, Network network) {
        return discard(channel(member.networks(), network));
    }

    private DISCARD watchDiscards(Network network) {
        return discard(channel(watch.networks(), network));
    }

    private int watchMembers(Network network) {
        return channel(watch.networks(), network).getView().size();
    }

    private static DISCARD discard(JChannel channel) {
        DISCARD present = channel.getProtocolStack().findProtocol(DISCARD.class);
        if (present != null) {
            return present;
        }
        DISCARD made = new DISCARD();
        made.setAddress(channel.getAddress());
        try {
            channel.getProtocolStack().insertProtocol(made, ProtocolStack.Position.ABOVE, TP.class);
        } catch (Exception refused) {
            throw new AssertionError(refused);
        }
        return made;
    }

    private static Address address(GroupMember member, Network network) {
        return channel(member.networks(), network).getAddress();
    }

    private static JChannel channel(GroupNetworks networks, Network network) {
        return Objects.requireNonNull(networks.place(network).channel().channel());
    }

    private void awaitView(Network network, String... hosts) {
        await().alias(network + " shows " + List.of(hosts))
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(hosts(last(network))).containsExactlyInAnyOrder(hosts));
    }

    private static ConditionFactory staysFor(Duration time) {
        return await().during(time).atMost(LIMIT);
    }

    private Observation.GroupView last(Network network) {
        return views.stream()
                .filter(view -> view.network().equals(network))
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new AssertionError("no view of " + network));
    }

    private static List<String> hosts(Observation.GroupView view) {
        return view.agents().keySet().stream().map(HostId::value).toList();
    }

    private Map<String, GroupAddress> members(Network network) {
        return published.computeIfAbsent(network, unseen -> new ConcurrentHashMap<>());
    }

    private static final class Nobody implements NetworkObserver.Listener {
        @Override
        public void onView(Network network, Set<Member> others) {}

        @Override
        public void onOwnReport(ObserverReport report) {}

        @Override
        public void onReport(ObserverReport report) {}
    }

    /** One directory of a network for all members, which forgets nobody. */
    private final class SharedDirectory implements GroupDirectory {

        private final Network network;

        SharedDirectory(Network network) {
            this.network = network;
        }

        @Override
        public List<GroupAddress> members() {
            return List.copyOf(GroupNetworksTest.this.members(network).values());
        }

        @Override
        public boolean isRead() {
            return true;
        }

        @Override
        public void publish(String member, GroupAddress address) {
            GroupNetworksTest.this.members(network).put(member, address);
        }

        @Override
        public void close() {}
    }
}
