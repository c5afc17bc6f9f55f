package io.holdfast.membership.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.Evidence;
import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.HostStatus;
import io.holdfast.membership.Membership;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.Signal;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.core.Standing;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.Reaction;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole of membership over simulated signals, on the real clock. */
class SimulatedSegmentTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final List<MembershipEvent> events = new CopyOnWriteArrayList<>();
    private final SimulatedSegment segment = new SimulatedSegment(MembershipSettings.defaults());
    private final Membership membership = Membership.over(
            MembershipSettings.defaults(),
            SegmentId.of("s1"),
            List.of(segment),
            this::call,
            segment,
            this::look,
            events::add);

    /** How long an answer of a host is under way. */
    private volatile Duration way = Duration.ZERO;

    private volatile GuestActivity guests = GuestActivity.NOBODY_LOOKS;

    private GuestActivity look(HostId host, Duration deadline) {
        assertThat(deadline).isLessThan(MembershipSettings.defaults().slotTime());
        if (guests instanceof GuestActivity.Unseen(String reason) && reason.equals("a defect")) {
            throw new IllegalStateException(reason);
        }
        return host.equals(HostId.of("h1")) ? guests : GuestActivity.NOBODY_LOOKS;
    }

    private Reachability call(HostRegistration where, Duration deadline) {
        Duration wait = way.compareTo(deadline) < 0 ? way : deadline;
        try {
            assertThat(new CountDownLatch(1).await(wait.toNanos(), TimeUnit.NANOSECONDS))
                    .isFalse();
        } catch (InterruptedException nobodyWaits) {
            Thread.currentThread().interrupt();
            return Reachability.UNKNOWN;
        }
        return way.compareTo(deadline) < 0 ? segment.call(where, deadline.minus(wait)) : Reachability.SILENT;
    }

    @BeforeEach
    void threeHosts() {
        membership.start();
        join("h1", "a1");
        join("h2", "a2");
        join("h3", "a3");
        awaitHealth("h3", HostHealth.ALIVE);
    }

    @AfterEach
    void close() {
        membership.close();
    }

    @Test
    void powerLossIsSuspectedThenCondemnedByItsPower() {
        segment.cutPower(HostId.of("h1"));
        awaitHealth("h1", HostHealth.LOST);
        membership.acknowledgeLost(HostId.of("h1"));
        join("h1", "b1");
        awaitHealth("h1", HostHealth.ALIVE);
    }

    @Test
    void aDeadAgentOnALiveHostIsDegradedAndClearedWhenItReturns() {
        segment.killAgent(HostId.of("h1"));
        awaitHealth("h1", HostHealth.DEGRADED);
        join("h1", "b1");
        awaitHealth("h1", HostHealth.ALIVE);
        await().atMost(LIMIT).until(() -> events.stream().noneMatch(MembershipEvent.Lost.class::isInstance));
    }

    @Test
    void aFrozenAgentIsDegraded() {
        segment.freezeAgent(HostId.of("h1"));
        awaitHealth("h1", HostHealth.DEGRADED);
    }

    @Test
    void aHostThatNoNetworkReachesAndThatWritesIsIsolatedBeforeItIsCondemned() {
        segment.slot(HostId.of("h1"), new SlotSign.Beating("boot"));
        await().atMost(LIMIT).until(() -> membership.doubt().isEmpty());
        segment.cutOff(HostId.of("h1"));
        awaitHealth("h1", HostHealth.LOST);
        assertThat(events.stream()
                        .filter(event ->
                                event.host().equals(HostId.of("h1")) && !(event instanceof MembershipEvent.Joined))
                        .map(event -> event.getClass().getSimpleName())
                        .limit(3))
                .containsExactly("Suspected", "Isolated", "Lost");
        assertThat(membership.host(HostId.of("h1")).orElseThrow().row())
                .extracting(HealthRow::name)
                .isEqualTo("isolated");
    }

    @Test
    void aHostThatLosesOneNetworkIsDegradedInTimeAndNeverCondemned() {
        Network storage = new Network("storage");
        List.of("h1", "h2", "h3").forEach(host -> segment.show(HostId.of(host), storage, true));
        long before = System.nanoTime();
        segment.show(HostId.of("h1"), storage, false);
        awaitHealth("h1", HostHealth.DEGRADED);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(7));
        segment.show(HostId.of("h1"), storage, true);
        awaitHealth("h1", HostHealth.ALIVE);
        assertThat(events).noneMatch(MembershipEvent.Suspected.class::isInstance);
    }

    @Test
    void whatAnAgentSaysIsTakenAndItsReactionsGoOut() {
        segment.say(
                HostId.of("h1"),
                new AgentHealth(List.of(new AgentHealth.Finding(
                        AgentHealth.Aspect.LIBVIRT, AgentHealth.Grade.BAD, "no answer for 3 s"))));
        awaitHealth("h1", HostHealth.DEGRADED);
        assertThat(events.stream()
                        .filter(MembershipEvent.Degraded.class::isInstance)
                        .map(MembershipEvent.Degraded.class::cast)
                        .flatMap(degraded -> degraded.reactions().stream()))
                .containsExactly(Reaction.TELL, Reaction.STOP_PLACING, Reaction.RESTART_LIBVIRTD);
        assertThat(events.stream()
                        .filter(MembershipEvent.Degraded.class::isInstance)
                        .map(MembershipEvent.Degraded.class::cast))
                .allMatch(degraded -> degraded.heard() && !degraded.takesNew());
    }

    @Test
    void aLeaveIsNotASuspicion() {
        segment.leave(HostId.of("h1"));
        awaitHealth("h1", HostHealth.ABSENT);
        await().atMost(LIMIT).until(() -> events.stream().noneMatch(MembershipEvent.Suspected.class::isInstance));
    }

    @Test
    void everySignalThatSaysAHostLivesIsNamedAndWhatIsNotKnownIsNone() {
        HostId h1 = HostId.of("h1");
        await().atMost(LIMIT)
                .until(() -> signals(h1).equals(Set.of(Signal.LEASE, Signal.GROUP, Signal.PROBE, Signal.POWER)));
        segment.killAgent(h1);
        await().atMost(LIMIT).until(() -> signals(h1).equals(Set.of(Signal.PROBE, Signal.POWER)));
        assertThat(membership.signsOfLife(h1))
                .extracting(Evidence::reading)
                .contains("refuses connections: the kernel lives", "power on");
        segment.cutPower(h1);
        await().atMost(LIMIT).until(() -> signals(h1).isEmpty());
        assertThat(membership.signsOfLife(HostId.of("nobody")))
                .extracting(Evidence::signal)
                .doesNotContain(Signal.LEASE, Signal.GROUP, Signal.PROBE);
    }

    /** An operator's word would become a proof here: the agent has died, the network is slow, and the guests run. */
    @Test
    void whoAnswersLateLives() {
        HostId h1 = HostId.of("h1");
        segment.killAgent(h1);
        await().atMost(LIMIT).until(() -> signals(h1).equals(Set.of(Signal.PROBE, Signal.POWER)));
        way = MembershipSettings.defaults().probeTimeout().multipliedBy(4);
        assertThat(signals(h1)).contains(Signal.PROBE);
    }

    @Test
    void itSaysWhyItWouldCondemnNobodyBySilenceForAsLongAsThatHolds() {
        assertThat(membership.doubt()).as("just started").isEqualTo(Standing.Doubt.GRACE.text());
        await().atMost(LIMIT).until(() -> membership.doubt().isEmpty());

        segment.coordinate(false);
        await().atMost(LIMIT).until(() -> membership.doubt().equals(Standing.Doubt.NO_COORDINATION.text()));
        segment.coordinate(true);
        await().atMost(LIMIT).until(() -> membership.doubt().isEmpty());

        List.of("h1", "h2").forEach(host -> segment.killAgent(HostId.of(host)));
        await().atMost(LIMIT)
                .until(() -> List.of("h1", "h2").stream()
                        .allMatch(host -> signals(HostId.of(host)).stream().noneMatch(Signal.GROUP::equals)));
        assertThat(membership.doubt()).as("one is still heard").isEmpty();
        segment.killAgent(HostId.of("h3"));
        await().atMost(LIMIT).until(() -> membership.doubt().equals(Standing.Doubt.ISOLATED.text()));
        join("h3", "b3");
        await().atMost(LIMIT).until(() -> membership.doubt().isEmpty());

        membership.elected();
        await().atMost(LIMIT).until(() -> membership.doubt().equals(Standing.Doubt.GRACE.text()));
    }

    @Test
    void whoHasNotLookedYetDoubts() {
        try (Membership unstarted = Membership.over(
                MembershipSettings.defaults(),
                SegmentId.of("s1"),
                List.of(),
                segment,
                segment,
                this::look,
                events::add)) {
            assertThat(unstarted.doubt()).isEqualTo(Standing.Doubt.GRACE.text());
        }
    }

    private Set<Signal> signals(HostId host) {
        return membership.signsOfLife(host).stream().map(Evidence::signal).collect(Collectors.toSet());
    }

    @Test
    void aHostThatNoNetworkReachesAndWhoseGuestsWriteIsIsolatedBeforeItIsCondemned() {
        guests = new GuestActivity.Written("the disk of web-1 is written, h2 sees");
        await().atMost(LIMIT).until(() -> membership.doubt().isEmpty());
        segment.cutOff(HostId.of("h1"));
        awaitHealth("h1", HostHealth.LOST);
        assertThat(events.stream()
                        .filter(event ->
                                event.host().equals(HostId.of("h1")) && !(event instanceof MembershipEvent.Joined))
                        .map(event -> event.getClass().getSimpleName())
                        .limit(3))
                .containsExactly("Suspected", "Isolated", "Lost");
        assertThat(guestsOf("h1")).contains("guests' disks active: the disk of web-1 is written, h2 sees");
        guests = new GuestActivity.Unseen("nobody is there to look");
        await().atMost(LIMIT)
                .until(() ->
                        guestsOf("h1").endsWith("guests' disks since the verdict not seen: nobody is there to look"));
    }

    @Test
    void aLookThatFailsIsNoLook() {
        guests = new GuestActivity.Unseen("a defect");
        await().atMost(LIMIT).until(() -> membership.doubt().isEmpty());
        segment.cutOff(HostId.of("h1"));
        awaitHealth("h1", HostHealth.LOST);
        assertThat(events).noneMatch(MembershipEvent.Isolated.class::isInstance);
        assertThat(guestsOf("h1")).startsWith("guests' disks not seen: nobody answered in time");
    }

    private String guestsOf(String host) {
        return membership.host(HostId.of(host)).orElseThrow().evidence().stream()
                .filter(evidence -> evidence.signal() == Signal.GUESTS)
                .map(evidence -> evidence.source() + " " + evidence.reading())
                .collect(Collectors.joining(", "));
    }

    @Test
    void lostCoordinationSuspectsNobody() {
        segment.coordinate(false);
        await().during(Duration.ofSeconds(2))
                .atMost(LIMIT)
                .until(() -> events.stream().noneMatch(MembershipEvent.Suspected.class::isInstance));
    }

    private void join(String host, String session) {
        segment.join(new HostRegistration(
                HostId.of(host), SegmentId.of("s1"), "z1", "boot", session, "192.0.2.1", 7000, Resources.NOTHING));
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
}
