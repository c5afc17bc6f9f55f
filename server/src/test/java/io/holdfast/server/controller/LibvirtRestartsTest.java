package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Remedy;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LibvirtRestartsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofMinutes(10);

    private final List<RemedyOrder> orders = new CopyOnWriteArrayList<>();
    private volatile Optional<LeaderEpoch> leader = Optional.of(LeaderEpoch.of(7));
    private volatile RemedyAnswer answer = new RemedyAnswer.Done("done in 3 ms");
    private volatile @Nullable String boot = "boot-1";
    private volatile boolean storeAway;
    private final AtomicInteger asked = new AtomicInteger();

    private LibvirtRestarts restarts(Duration pause) {
        return new LibvirtRestarts(() -> leader, this::host, new Agents(), pause);
    }

    private Optional<ComputeHost> host(HostId id) {
        asked.incrementAndGet();
        if (storeAway) {
            throw new IllegalStateException("the database is away");
        }
        Instant now = Instant.now();
        return !id.equals(H1)
                ? Optional.empty()
                : Optional.of(new ComputeHost(
                        H1,
                        UUID.randomUUID(),
                        SegmentId.of("s1"),
                        "nova",
                        HostState.SERVING,
                        HostEpoch.of(4),
                        Incarnation.of(1),
                        boot,
                        true,
                        null,
                        false,
                        "192.0.2.1",
                        8775,
                        Resources.NOTHING,
                        Resources.NOTHING,
                        0,
                        now,
                        now,
                        now,
                        FailureDomains.NONE,
                        null,
                        null,
                        null));
    }

    private void awaitOrders(int count) {
        await().atMost(LIMIT).until(() -> orders.size() >= count);
    }

    private void noMoreOrdersThan(int count) {
        await().during(Duration.ofMillis(500)).atMost(LIMIT).until(() -> orders.size() <= count);
    }

    @Test
    void theLeaderAsksOnceForTheLifeThatIsIll() {
        try (LibvirtRestarts restarts = restarts(LONG)) {
            restarts.restartLibvirtd(H1, "libvirt bad");
            restarts.restartLibvirtd(H1, "libvirt bad");
            awaitOrders(1);
            assertThat(orders)
                    .containsExactly(new RemedyOrder(
                            H1, HostEpoch.of(4), LeaderEpoch.of(7), "boot-1", Remedy.RESTART_LIBVIRT, "libvirt bad"));
            noMoreOrdersThan(1);
        }
    }

    @Test
    void whatDoesNotHelpIsTriedThreeTimesAndThenLeftToAHuman() {
        for (RemedyAnswer each : List.of(
                new RemedyAnswer.Done("done"),
                new RemedyAnswer.Failed("code 1"),
                new RemedyAnswer.Refused("no command"),
                new RemedyAnswer.Stale("another boot"),
                new RemedyAnswer.NoAnswer("silent"))) {
            answer = each;
            orders.clear();
            try (LibvirtRestarts restarts = restarts(SHORT)) {
                restarts.restartLibvirtd(H1, "libvirt bad");
                awaitOrders(LibvirtRestarts.ATTEMPTS);
                noMoreOrdersThan(LibvirtRestarts.ATTEMPTS);
            }
        }
    }

    @Test
    void onceItIsWellNothingMoreIsAskedAndTheNextTimeCountsAnew() {
        try (LibvirtRestarts restarts = restarts(Duration.ofSeconds(3))) {
            restarts.restartLibvirtd(H1, "libvirt bad");
            awaitOrders(1);
            restarts.noMore(H1);
            restarts.noMore(H1);
            restarts.restartLibvirtd(H1, "libvirt bad again");
            awaitOrders(2);
            assertThat(orders.getLast().reason()).isEqualTo("libvirt bad again");
        }
        noMoreOrdersThan(2);
    }

    @Test
    void whoDoesNotLeadAsksNothingUntilItDoes() {
        leader = Optional.empty();
        try (LibvirtRestarts restarts = restarts(SHORT)) {
            restarts.restartLibvirtd(H1, "libvirt bad");
            noMoreOrdersThan(0);
            leader = Optional.of(LeaderEpoch.of(8));
            awaitOrders(1);
            assertThat(orders.getFirst().leader()).isEqualTo(LeaderEpoch.of(8));
        }
    }

    @Test
    void aHostThatCannotBeFoundIsNotAsked() {
        try (LibvirtRestarts restarts = restarts(SHORT)) {
            restarts.restartLibvirtd(HostId.of("h9"), "libvirt bad");
            boot = null;
            restarts.restartLibvirtd(H1, "libvirt bad");
            noMoreOrdersThan(0);
        }
    }

    @Test
    void aStoreThatIsAwayIsAskedAgain() {
        storeAway = true;
        try (LibvirtRestarts restarts = restarts(Duration.ofSeconds(2))) {
            restarts.restartLibvirtd(H1, "libvirt bad");
            await().atMost(LIMIT).until(() -> asked.get() == 1);
            storeAway = false;
            awaitOrders(1);
        }
    }

    private final class Agents extends DeafAgents {
        @Override
        public RemedyAnswer mend(ComputeHost host, RemedyOrder order, Duration deadline) {
            orders.add(order);
            return answer;
        }
    }
}
