package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two controllers, each on a host that the other one takes for dead, over the same power devices. Each order that reaches a device is
 * counted; a controller ends with its host's power.
 */
@Timeout(60)
final class TwoHalvesTest {

    private static final HostId A = HostId.of("a");
    private static final HostId B = HostId.of("b");
    private static final HostEpoch EPOCH = HostEpoch.of(3);
    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Duration WHOLE = Duration.ofSeconds(40);
    private static final FencingSettings SETTINGS = new FencingSettings(
            Map.of(),
            Map.of(),
            FencingSettings.Agents.defaults(),
            CALL,
            Duration.ofMillis(10),
            Duration.ofMillis(50),
            2,
            Duration.ZERO,
            FencingSettings.Slot.defaults(),
            KdumpSettings.none(),
            SensorSettings.defaults());

    private final SimulatedPower power = SimulatedPower.inRealTime(this::changed);

    /** The threads of the controllers, by the host that each runs on. */
    private final Map<HostId, Thread> controllers = new ConcurrentHashMap<>();

    private void changed(HostId host, PowerState now) {
        Thread controller = controllers.get(host);
        if (now == PowerState.OFF && controller != null) {
            controller.interrupt();
        }
    }

    @AfterEach
    void end() {
        controllers.values().forEach(Thread::interrupt);
    }

    /** What happens on the way to a device, before it does what it is told. */
    private interface Way {
        Way OPEN = () -> {};

        void pass() throws Exception;
    }

    /** The power of one host as one controller reaches it. */
    private final class Wire implements FenceDevice {

        private final FenceDevice device;
        private final Way beforeReading;
        private final Way beforeOrder;
        private final AtomicInteger orders = new AtomicInteger();

        Wire(HostId host, Way beforeReading, Way beforeOrder) {
            this.device = power.device(host);
            this.beforeReading = beforeReading;
            this.beforeOrder = beforeOrder;
        }

        @Override
        public String name() {
            return device.name();
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            pass(beforeReading);
            return device.readPower(deadline);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            orders.incrementAndGet();
            pass(beforeOrder);
            return device.powerOff(deadline);
        }

        private static void pass(Way way) {
            try {
                way.pass();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** One controller with its fencer. */
    private record Half(HostId on, HostId other, LeaderEpoch leader, Wire wire, FenceJournal journal, Fencer fencer) {

        FenceResult shoot() {
            return fencer.fence(new FenceRequest(
                    CaseId.of(new UUID(1, leader.value())), SegmentId.of("s1"), other, EPOCH, 1, leader, WHOLE));
        }

        List<String> acts() {
            return journal.of(other, EPOCH).stream()
                    .map(FenceJournal.Entry::act)
                    .toList();
        }
    }

    private Half half(
            HostId on, int leader, Wire wire, FenceJournal journal, ActPermit permit, @Nullable Duration delay) {
        HostId other = on.equals(A) ? B : A;
        FenceDevices devices = new FenceDevices(
                Map.of(other.value(), wire),
                Map.of(
                        other.value(),
                        List.of(new FencingSettings.Level(
                                List.of(other.value()), null, delay, Duration.ofSeconds(30)))));
        Fencer fencer = new Fencer(devices, journal, permit, SETTINGS, InstantSource.fixed(Instant.EPOCH));
        return new Half(on, other, LeaderEpoch.of(leader), wire, journal, fencer);
    }

    /** Shoots in a thread that ends with the power of its host. */
    private FutureTask<FenceResult> shooting(Half half) {
        FutureTask<FenceResult> shot = new FutureTask<>(half::shoot);
        Thread thread =
                Thread.ofPlatform().daemon().name("half-on-" + half.on()).unstarted(shot);
        controllers.put(half.on(), thread);
        thread.start();
        return shot;
    }

    // --- two who share nothing but the power devices ---

    @Test
    void whoSharesNothingAndDoesNotWaitIsOffOnBothSides() throws Exception {
        CyclicBarrier crossing = new CyclicBarrier(2);
        Half one = half(A, 1, new Wire(B, Way.OPEN, crossing::await), new InMemoryFenceJournal(), (_, _) -> true, null);
        Half two = half(B, 1, new Wire(A, Way.OPEN, crossing::await), new InMemoryFenceJournal(), (_, _) -> true, null);

        FutureTask<FenceResult> first = shooting(one);
        FutureTask<FenceResult> second = shooting(two);
        first.get();
        second.get();

        await().until(() -> !power.hasPower(A) && !power.hasPower(B));
        assertThat(one.wire().orders).hasValue(1);
        assertThat(two.wire().orders).hasValue(1);
    }

    @Test
    void whoWaitsIsOffBeforeItOrdersAndTheOtherSurvives() throws Exception {
        Half quick = half(A, 1, new Wire(B, Way.OPEN, Way.OPEN), new InMemoryFenceJournal(), (_, _) -> true, null);
        Half waiting = half(
                B,
                1,
                new Wire(A, Way.OPEN, Way.OPEN),
                new InMemoryFenceJournal(),
                (_, _) -> true,
                Duration.ofSeconds(8));

        FutureTask<FenceResult> lost = shooting(waiting);
        FutureTask<FenceResult> won = shooting(quick);

        assertThat(won.get()).isInstanceOf(FenceResult.Proven.class);
        assertThat(lost.get())
                .isInstanceOfSatisfying(
                        FenceResult.Unknown.class,
                        unknown -> assertThat(unknown.reason()).startsWith("interrupted"));
        assertThat(power.hasPower(A)).as("who did not wait").isTrue();
        assertThat(power.hasPower(B)).as("who waited").isFalse();
        assertThat(waiting.wire().orders).hasValue(0);
        assertThat(waiting.acts()).doesNotContain("order-off", FenceJournal.PROOF);
    }

    // --- two leaders of one segment: the delay is over, and somebody else leads ---

    /** Its permit is wrong, as that of a process is which was stopped between two looks at its lease: the journal knows better. */
    @Test
    void aLeaderThatWasReplacedInItsDelayIsRefusedByTheJournal() throws Exception {
        InMemoryFenceJournal journal = new InMemoryFenceJournal();
        CountDownLatch replaced = new CountDownLatch(1);
        Half old = half(B, 3, new Wire(A, replaced::await, Way.OPEN), journal, (_, _) -> true, Duration.ofMillis(100));
        Half next = half(A, 4, new Wire(B, Way.OPEN, Way.OPEN), journal, (_, _) -> true, null);
        // Its controller does not run on the host that loses its power: nothing ends it, and it shoots back.
        FutureTask<FenceResult> late = new FutureTask<>(old::shoot);
        Thread.ofPlatform().daemon().name("old-leader").start(late);

        assertThat(next.shoot()).isInstanceOf(FenceResult.Proven.class);
        replaced.countDown();

        assertThat(late.get())
                .isInstanceOfSatisfying(
                        FenceResult.Failed.class,
                        failed -> assertThat(failed.reason())
                                .contains("the power was not cut")
                                .contains("segment s1 is led at epoch 4, refused an act of epoch 3"));
        assertThat(old.wire().orders).hasValue(0);
        assertThat(power.hasPower(A)).isTrue();
        assertThat(power.hasPower(B)).isFalse();
    }

    /** With nothing written by the new leader yet: the lease is looked at after the delay, and not before it. */
    @Test
    void aLeaderWhoseLeaseEndsInItsDelayIsRefusedByItsPermit() {
        AtomicBoolean leads = new AtomicBoolean(true);
        Half old = half(
                B,
                3,
                new Wire(A, () -> leads.set(false), Way.OPEN),
                new InMemoryFenceJournal(),
                (_, _) -> leads.get(),
                Duration.ofMillis(100));

        assertThat(old.shoot())
                .isInstanceOfSatisfying(
                        FenceResult.Failed.class,
                        failed -> assertThat(failed.reason())
                                .contains("this controller no longer leads segment s1 at epoch 3"));
        assertThat(old.wire().orders).hasValue(0);
        assertThat(power.hasPower(A)).isTrue();
    }
}
