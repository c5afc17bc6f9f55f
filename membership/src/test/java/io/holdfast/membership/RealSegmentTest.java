package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.zookeeper.ConfirmationWatch;
import io.holdfast.membership.zookeeper.Coordination;
import io.holdfast.membership.zookeeper.EmbeddedZooKeeper;
import io.holdfast.membership.zookeeper.HostLease;
import io.holdfast.membership.zookeeper.ZooKeeperLeadership;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real adapters in one process: embedded ZooKeeper, Curator, JGroups channels, TLS. */
class RealSegmentTest {

    private static final SegmentId SEGMENT = SegmentId.of("s1");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private static TlsKeys tls;
    private MembershipSettings settings;
    private EmbeddedZooKeeper zookeeper;
    private Coordination coordination;
    private Membership membership;
    private final List<MembershipEvent> events = new CopyOnWriteArrayList<>();
    private final AtomicReference<PowerState> power = new AtomicReference<>(PowerState.ON);
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void makeIdentity() throws Exception {
        tls = TestPki.shared();
    }

    @BeforeEach
    void openController() throws Exception {
        MembershipSettings basis =
                MembershipSettings.defaults().at(null, "127.0.0.1", 0, 0).withGrace(Duration.ofSeconds(6));
        zookeeper = EmbeddedZooKeeper.start(directory.resolve("zookeeper"), basis, tls);
        settings = basis.at(zookeeper.connectString(), "127.0.0.1", 0, 0)
                .withNetworks(Map.of(new Network("storage"), new NetworkSettings("127.0.0.1", 0, List.of())));
        coordination = Coordination.connect(settings, tls);
        membership = Membership.open(
                settings,
                SEGMENT,
                "c1",
                coordination,
                tls,
                (host, deadline) -> power.get(),
                GuestProbe.NOBODY,
                events::add);
        membership.start();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : opened.reversed()) {
            closeable.close();
        }
        membership.close();
        coordination.close();
        zookeeper.close();
    }

    @Test
    void anAgentJoinsStaysThroughARestartOfZooKeeperAndTakesLeave() throws Exception {
        HostLease h1 = agent("h1", "boot-1", "session-1");
        HostLease h2 = agent("h2", "boot-1", "session-2");
        awaitHealth("h1", HostHealth.ALIVE);
        awaitHealth("h2", HostHealth.ALIVE);
        awaitInGroup("h1");
        awaitInGroup("h2");
        assertThat(h1.isHeld()).isTrue();

        zookeeper.restart();

        await().atMost(LIMIT).until(() -> h1.isHeld() && h2.isHeld());
        await().during(Duration.ofSeconds(5)).atMost(LIMIT).untilAsserted(() -> {
            assertThat(events).noneMatch(MembershipEvent.Lost.class::isInstance);
            assertThat(events).noneMatch(MembershipEvent.Held.class::isInstance);
        });
        awaitHealth("h1", HostHealth.ALIVE);

        h1.close();

        await().atMost(LIMIT).until(() -> events.stream().anyMatch(MembershipEvent.Left.class::isInstance));
        awaitHealth("h1", HostHealth.ABSENT);
        assertThat(events)
                .noneMatch(event -> event instanceof MembershipEvent.Suspected suspected
                        && suspected.host().equals(HostId.of("h1")));
    }

    @Test
    void anAgentThatStopsWhileGuestsRunTakesNoLeaveAndItsHostStaysWatched() throws Exception {
        agent("h2", "boot-1", "session-2");
        HostLease h1 = agent("h1", "boot-1", "session-1", () -> true);
        awaitHealth("h1", HostHealth.ALIVE);
        awaitHealth("h2", HostHealth.ALIVE);
        awaitInGroup("h1");

        h1.close();

        // Its port still accepts: the host lives, and its agent does not.
        awaitHealth("h1", HostHealth.DEGRADED);
        assertThat(events).noneMatch(MembershipEvent.Left.class::isInstance);
        assertThat(events)
                .anyMatch(event -> event instanceof MembershipEvent.Suspected suspected
                        && suspected.host().equals(HostId.of("h1")));
    }

    @Test
    void aHostHasAPlaceOnEachNetworkThatItNames() throws Exception {
        agent("h1", "boot-1", "session-1");
        agent("h2", "boot-1", "session-2");

        for (String network : List.of("management", "storage")) {
            for (String host : List.of("h1", "h2")) {
                await().alias(host + " is on " + network)
                        .atMost(LIMIT)
                        .until(() -> membership.host(HostId.of(host)).stream()
                                .flatMap(status -> status.evidence().stream())
                                .anyMatch(item -> item.signal() == Signal.GROUP
                                        && item.source().equals(network)
                                        && item.reading().equals("present")));
            }
        }
    }

    @Test
    void aWordCondemnsAndTheNextAgentSessionIsANewLife() throws Exception {
        HostLease h1 = agent("h1", "boot-1", "session-1");
        awaitHealth("h1", HostHealth.ALIVE);

        membership.forceDown(HostId.of("h1"), new Actor("monitor", "api"), "smoke");
        membership.forceDown(HostId.of("never-seen"), new Actor("monitor", "api"), "gone");

        awaitHealth("h1", HostHealth.LOST);
        awaitHealth("never-seen", HostHealth.LOST);
        membership.acknowledgeLost(HostId.of("h1"));
        h1.close();
        agent("h1", "boot-2", "session-2");
        awaitHealth("h1", HostHealth.ALIVE);
    }

    @Test
    void aSecondAgentOfTheSameNameWaitsUntilTheFirstIsGone() throws Exception {
        HostLease first = agent("h1", "boot-1", "session-1");
        await().atMost(LIMIT).until(first::isHeld);

        HostLease second = agent("h1", "boot-1", "session-2");

        await().during(Duration.ofSeconds(2)).atMost(LIMIT).until(() -> !second.isHeld() && first.isHeld());
        first.close();
        await().atMost(LIMIT).until(second::isHeld);
    }

    @Test
    void leadershipMovesWithARisingEpochAndNeverFallsBelowTheDatabases() throws Exception {
        Recorder one = new Recorder();
        Leadership first = opened(ZooKeeperLeadership.open(
                settings, SEGMENT, "c1", () -> "https://c1", coordination, LeaderEpoch.of(41), one));
        first.start();
        await().atMost(LIMIT).until(() -> first.current().isPresent());
        assertThat(first.current()).contains(LeaderEpoch.of(42));
        assertThat(first.mayAct(SEGMENT, LeaderEpoch.of(42))).isTrue();
        assertThat(first.mayAct(SEGMENT, LeaderEpoch.of(41))).isFalse();
        assertThat(first.mayAct(SegmentId.of("other"), LeaderEpoch.of(42))).isFalse();

        Coordination other = opened(Coordination.connect(settings, tls));
        Recorder two = new Recorder();
        Leadership second = opened(
                ZooKeeperLeadership.open(settings, SEGMENT, "c2", () -> "https://c2", other, LeaderEpoch.ZERO, two));
        second.start();
        await().during(Duration.ofSeconds(1))
                .atMost(LIMIT)
                .until(() -> second.current().isEmpty());
        assertThat(first.leaderAddress()).isEmpty();
        assertThat(second.leaderAddress()).contains("https://c1");
        first.close();

        await().atMost(LIMIT).until(() -> second.current().equals(java.util.Optional.of(LeaderEpoch.of(43))));
        assertThat(first.mayAct(SEGMENT, LeaderEpoch.of(42))).isFalse();
        assertThat(one.story).containsExactly("elected 42", "deposed 42");

        zookeeper.close();
        await().atMost(LIMIT).until(() -> second.current().isEmpty());
        await().atMost(LIMIT).until(() -> two.story.contains("deposed 43"));
    }

    @Test
    void aLeaderWhomTheDatabaseOutranksLeadsAgainAboveIt() throws Exception {
        Recorder one = new Recorder();
        Leadership leadership = opened(
                ZooKeeperLeadership.open(settings, SEGMENT, "c1", () -> "", coordination, LeaderEpoch.ZERO, one));
        leadership.start();
        await().atMost(LIMIT).until(() -> leadership.current().equals(java.util.Optional.of(LeaderEpoch.of(1))));

        leadership.outranked(LeaderEpoch.of(41));

        await().atMost(LIMIT).until(() -> leadership.current().equals(java.util.Optional.of(LeaderEpoch.of(42))));
        leadership.outranked(LeaderEpoch.of(41));
        await().during(Duration.ofSeconds(1))
                .atMost(LIMIT)
                .until(() -> leadership.current().equals(java.util.Optional.of(LeaderEpoch.of(42))));
        assertThat(one.story).containsExactly("elected 1", "deposed 1", "elected 42");
    }

    @Test
    void aLeaderThatStepsAsideLeavesItToTheOtherAndStandsAgainLater() throws Exception {
        Leadership first = opened(ZooKeeperLeadership.open(
                settings, SEGMENT, "c1", () -> "https://c1", coordination, LeaderEpoch.ZERO, new Recorder()));
        first.start();
        await().atMost(LIMIT).until(() -> first.current().isPresent());
        Coordination other = opened(Coordination.connect(settings, tls));
        Leadership second = opened(ZooKeeperLeadership.open(
                settings, SEGMENT, "c2", () -> "https://c2", other, LeaderEpoch.ZERO, new Recorder()));
        second.start();

        first.stepAside(true);

        await().atMost(LIMIT).until(() -> second.current().isPresent());
        assertThat(first.current()).isEmpty();
        await().atMost(LIMIT).until(() -> first.leaderAddress().equals(java.util.Optional.of("https://c2")));
        first.stepAside(false);
        second.close();
        await().atMost(LIMIT).until(() -> first.current().equals(java.util.Optional.of(LeaderEpoch.of(3))));
    }

    @Test
    void theLeaseOfAHostThatFencesItselfIsConfirmedAgainAndAgainAndNoOther() throws Exception {
        HostLease plain = agent("h2", "boot-1", "session-2");
        HostLease first = fencingAgent();
        await().atMost(LIMIT).until(() -> confirmed(first) > Long.MIN_VALUE);
        long once = confirmed(first);
        await().atMost(LIMIT).until(() -> confirmed(first) - once > 0);
        assertThat(confirmed(first)).isLessThanOrEqualTo(System.nanoTime());

        await().atMost(LIMIT).until(plain::isHeld);
        assertThat(plain.confirmedFromNanos()).as("nobody asked for it").isNull();
    }

    private static long confirmed(HostLease lease) {
        Long from = lease.confirmedFromNanos();
        return from == null ? Long.MIN_VALUE : from;
    }

    private HostLease fencingAgent() throws IOException {
        ServerSocket port = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        HostRegistration registration = new HostRegistration(
                HostId.of("h1"),
                SEGMENT,
                "z1",
                "boot-1",
                "session-1",
                "127.0.0.1",
                port.getLocalPort(),
                Resources.NOTHING);
        SelfFenceTerms terms =
                new SelfFenceTerms("/dev/watchdog", Duration.ofSeconds(3), Duration.ofSeconds(2), new UUID(1, 2));
        HostLease lease = opened(HostLease.open(settings, registration.fencingItself(terms), tls, () -> false));
        lease.start();
        return lease;
    }

    @Test
    void confirmationsCanBeWatchedAndALostSessionOfTheWatcherBeginsAnew() throws Exception {
        HostId host = HostId.of("h1");
        ConfirmationWatch watch = opened(new ConfirmationWatch(coordination, SEGMENT, Duration.ofMillis(50)));
        watch.start();
        assertThat(watch.look(host)).isInstanceOf(LeaseSight.Unknown.class);
        HostLease lease = fencingAgent();
        await().atMost(LIMIT).until(() -> watch.look(host) instanceof LeaseSight.Seen seen && seen.confirms());
        watch.watch(Set.of(host));
        await().during(Duration.ofMillis(1500))
                .atMost(LIMIT)
                .until(() -> watch.watched(host) instanceof LeaseSight.Seen seen
                        && seen.there()
                        && seen.unconfirmed().compareTo(Duration.ofSeconds(2)) < 0);

        lease.close();
        await().atMost(LIMIT)
                .until(() -> watch.watched(host) instanceof LeaseSight.Seen seen
                        && !seen.there()
                        && seen.unconfirmed().compareTo(Duration.ofSeconds(2)) > 0);

        zookeeper.restart();
        await().atMost(LIMIT)
                .until(() -> watch.watched(host) instanceof LeaseSight.Seen seen
                        && seen.unconfirmed().compareTo(Duration.ofSeconds(1)) < 0);
        watch.watch(Set.of());
        await().atMost(LIMIT).until(() -> watch.watched(host) instanceof LeaseSight.Unknown);
    }

    private HostLease agent(String host, String boot, String session) throws IOException {
        return agent(host, boot, session, () -> false);
    }

    private HostLease agent(String host, String boot, String session, BooleanSupplier guestsMayRun) throws IOException {
        ServerSocket port = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        HostRegistration registration = new HostRegistration(
                HostId.of(host), SEGMENT, "z1", boot, session, "127.0.0.1", port.getLocalPort(), Resources.NOTHING);
        HostLease lease = opened(HostLease.open(settings, registration, tls, guestsMayRun));
        lease.start();
        return lease;
    }

    private void awaitHealth(String host, HostHealth health) {
        await().alias(host + " is " + health)
                .atMost(LIMIT)
                .until(() -> membership
                        .host(HostId.of(host))
                        .map(HostStatus::health)
                        .filter(health::equals)
                        .isPresent());
    }

    private void awaitInGroup(String host) {
        await().alias(host + " is in the group")
                .atMost(LIMIT)
                .until(() -> membership.host(HostId.of(host)).stream()
                        .flatMap(status -> status.evidence().stream())
                        .anyMatch(item ->
                                item.signal() == Signal.GROUP && item.reading().equals("present")));
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    private static final class Recorder implements Leadership.Listener {
        private final List<String> story = new CopyOnWriteArrayList<>();

        @Override
        public void onElected(LeaderEpoch epoch) {
            story.add("elected " + epoch);
        }

        @Override
        public void onDeposed(LeaderEpoch epoch) {
            story.add("deposed " + epoch);
        }
    }
}
