package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.TestPki;
import io.holdfast.membership.core.Observation;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.apache.zookeeper.CreateMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases of many hosts on a real server: what is said of them, and in how many views. */
final class LeaseWatchTest {

    private static final SegmentId SEGMENT = SegmentId.of("s1");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** The agent stays in the group for this long after its leave; a busy machine gets the same again. */
    private static final Duration LEAVE_IS_KNOWN = Duration.ofMillis(600);

    /** More than are read with one request. */
    private static final int HOSTS = 230;

    @TempDir
    Path directory;

    private EmbeddedZooKeeper zookeeper;
    private Coordination hosts;
    private Coordination controller;
    private LeaseWatch watch;
    private final List<Observation.LeaseView> views = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws Exception {
        TlsKeys tls = TestPki.shared();
        MembershipSettings basis = MembershipSettings.defaults().at(null, "127.0.0.1", 0, 0);
        zookeeper = EmbeddedZooKeeper.start(directory, basis, tls);
        MembershipSettings settings = basis.at(zookeeper.connectString(), "127.0.0.1", 0, 0);
        hosts = Coordination.connect(settings, tls);
        controller = Coordination.connect(settings, tls);
        watch = new LeaseWatch(controller, SEGMENT, settings.sessionTimeout());
        watch.start(observation -> {
            if (observation instanceof Observation.LeaseView view) {
                views.add(view);
            }
        });
        await().atMost(LIMIT).until(() -> !views.isEmpty());
    }

    @AfterEach
    void close() {
        watch.close();
        controller.close();
        hosts.close();
        zookeeper.close();
    }

    private static HostRegistration registration(int number, String session) {
        return new HostRegistration(
                HostId.of("h" + number),
                SEGMENT,
                "zone",
                "boot",
                session,
                "127.0.0.1",
                8775,
                new Resources(16, 65_536, 500));
    }

    private String path(String below) {
        return Coordination.path(SEGMENT, below);
    }

    private void lease(int number, String session) throws Exception {
        hosts.client()
                .create()
                .withMode(CreateMode.EPHEMERAL)
                .forPath(path("leases/h" + number), new LeaseRecord(registration(number, session), false).encode());
    }

    private void record(int number, String session, boolean left) throws Exception {
        byte[] data = new LeaseRecord(registration(number, session), left).encode();
        if (hosts.client().checkExists().forPath(path("hosts/h" + number)) == null) {
            hosts.client().create().forPath(path("hosts/h" + number), data);
        } else {
            hosts.client().setData().forPath(path("hosts/h" + number), data);
        }
    }

    private void all() throws Exception {
        for (int i = 0; i < HOSTS; i++) {
            lease(i, "first");
            record(i, "first", false);
        }
        await().atMost(LIMIT).until(() -> views.getLast().held().size() == HOSTS);
    }

    private Set<Set<HostId>> distinct() {
        return views.stream()
                .map(view -> view.held().stream().map(HostRegistration::host).collect(Collectors.toSet()))
                .collect(Collectors.toSet());
    }

    @Test
    void aCrowdThatArrivesMakesFewViewsAndTheLastIsWhole() throws Exception {
        all();
        // The empty one, one for each two seconds of the arrival, and the whole one.
        assertThat(distinct()).hasSizeLessThanOrEqualTo(10);
        assertThat(views.getLast().held()).contains(registration(0, "first"), registration(HOSTS - 1, "first"));
        assertThat(views.getLast().known()).isEmpty();
    }

    @Test
    void tenThatGoInTheTicksOfOneSessionMakeOneView() throws Exception {
        all();
        views.clear();
        for (int tick = 0; tick < 3; tick++) {
            for (int i = tick * 3; i < (tick == 2 ? 10 : tick * 3 + 3); i++) {
                hosts.client().delete().forPath(path("leases/h" + i));
            }
            // What is waited for is the next tick of a server, and nothing that could be asked for.
            await().pollDelay(Duration.ofMillis(150)).until(() -> true);
        }
        await().atMost(LIMIT)
                .until(() -> !views.isEmpty() && views.getLast().held().size() == HOSTS - 10);
        assertThat(distinct().stream().filter(view -> view.size() < HOSTS)).hasSize(1);
        assertThat(views.getLast().known()).hasSize(10).contains(registration(9, "first"));
    }

    @Test
    void whoTakesItsLeaveIsToldAtOnceAndWithThatReason() throws Exception {
        all();
        record(7, "first", true);
        views.clear();
        long beganNanos = System.nanoTime();
        hosts.client().delete().forPath(path("leases/h7"));
        await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> views.stream().anyMatch(view -> view.left().contains("first")));
        assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isLessThan(LEAVE_IS_KNOWN);
    }

    @Test
    void anotherSessionOfTheSameHostIsSeenAlthoughItsNameIsTheSame() throws Exception {
        all();
        hosts.client()
                .transaction()
                .forOperations(
                        hosts.client().transactionOp().delete().forPath(path("leases/h3")),
                        hosts.client()
                                .transactionOp()
                                .create()
                                .withMode(CreateMode.EPHEMERAL)
                                .forPath(
                                        path("leases/h3"), new LeaseRecord(registration(3, "second"), false).encode()));
        await().atMost(LIMIT).until(() -> views.getLast().held().contains(registration(3, "second")));
    }

    @Test
    void aLeaseThatCannotBeReadIsAsIfThereWereNone() throws Exception {
        lease(1, "first");
        hosts.client()
                .create()
                .withMode(CreateMode.EPHEMERAL)
                .forPath(path("leases/h2"), "not a record".getBytes(StandardCharsets.UTF_8));
        await().atMost(LIMIT).until(() -> views.getLast().held().equals(List.of(registration(1, "first"))));
    }

    @Test
    void aNodeThatSomebodyElseWroteToIsSetRightAtTheNextLook() throws Exception {
        byte[] ours = "ours".getBytes(StandardCharsets.UTF_8);
        KeptNode node = new KeptNode(hosts, path("kept"), data -> false);
        assertThat(node.keep(ours)).isInstanceOf(KeptNode.Ours.class);
        assertThat(node.keep(ours)).isInstanceOf(KeptNode.Ours.class);
        controller.client().setData().forPath(path("kept"), "theirs".getBytes(StandardCharsets.UTF_8));
        assertThat(node.keep(ours)).isInstanceOf(KeptNode.Ours.class);
        assertThat(controller.client().getData().forPath(path("kept"))).isEqualTo(ours);
        // And what we want ourselves may change.
        byte[] other = "other".getBytes(StandardCharsets.UTF_8);
        node.keep(ours);
        node.keep(other);
        assertThat(controller.client().getData().forPath(path("kept"))).isEqualTo(other);
        // Somebody else's is not touched, however often we looked before.
        hosts.client().delete().forPath(path("kept"));
        controller
                .client()
                .create()
                .withMode(CreateMode.EPHEMERAL)
                .forPath(path("kept"), "foreign".getBytes(StandardCharsets.UTF_8));
        assertThat(node.keep(other)).isEqualTo(new KeptNode.Foreign("foreign"));
    }

    @Test
    void theDirectoryOfTheGroupFollowsWhoComesAndGoes() throws Exception {
        try (GroupRegister one = new GroupRegister(hosts, SEGMENT, Network.MANAGEMENT);
                GroupRegister other = new GroupRegister(controller, SEGMENT, Network.MANAGEMENT)) {
            await().atMost(LIMIT).until(other::isRead);
            assertThat(other.members()).isEmpty();
            one.publish("a", io.holdfast.membership.GroupAddress.parse("127.0.0.1:7800"));
            await().atMost(LIMIT).until(() -> other.members().size() == 1);
            one.publish("b", io.holdfast.membership.GroupAddress.parse("127.0.0.1:7801"));
            await().atMost(LIMIT).until(() -> other.members().size() == 2);
            hosts.client().delete().forPath(path("group/a@127.0.0.1:7800"));
            await().atMost(LIMIT).until(() -> other.members().size() == 1);
        }
    }
}
