package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.FenceCheck.Finding;
import io.holdfast.fencing.FenceCheck.Grade;
import io.holdfast.fencing.FenceCheck.Subject;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A rehearsal of a host's devices: harmless, and out of the way of what is in earnest. */
@Timeout(60)
final class FencerRehearsalTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Duration CALL = Duration.ofSeconds(5);
    private final SimulatedPower power = SimulatedPower.inRealTime((_, _) -> {});
    private final InMemoryFenceJournal journal = new InMemoryFenceJournal();

    @Test
    void aWellDeviceWorksAndNothingIsTouched() {
        FenceCheck found = rehearsed(fencer(power.device(H1)), true);

        assertThat(found.works()).isTrue();
        assertThat(found.levels()).hasSize(1);
        assertThat(found.levels().getFirst().devices().getFirst().findings())
                .extracting(Finding::subject, Finding::grade)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(Subject.POWER, Grade.OK),
                        org.assertj.core.groups.Tuple.tuple(Subject.LATENCY, Grade.OK));
        assertThat(power.hasPower(H1)).isTrue();
        assertThat(journal.history(H1, 10)).isEmpty();
    }

    @Test
    void offWhileTheHostLivesIsAFailureAndOtherwiseIsNot() {
        power.losePower(H1);

        assertThat(rehearsed(fencer(power.device(H1)), true).trouble()).contains("says off, and the host is alive");
        assertThat(rehearsed(fencer(power.device(H1)), false).works()).isTrue();
    }

    @Test
    void aHostThatDiesDuringTheReadingIsNoLie() {
        power.losePower(H1);
        AtomicReference<Boolean> alive = new AtomicReference<>(true);

        Rehearsed answer = fencer(power.device(H1)).rehearse(H1, () -> alive.getAndSet(false));

        assertThat(((Rehearsed.Done) answer).check().works()).isTrue();
    }

    @Test
    void aWrongPasswordAndASilentDeviceFailByName() {
        power.fault(H1, new PowerFault.WrongPassword());
        assertThat(rehearsed(fencer(power.device(H1)), true).trouble()).contains("refused login");

        power.fault(H1, new PowerFault.Dead());
        assertThat(rehearsed(fencer(power.device(H1)), true).works()).isFalse();
    }

    @Test
    void oneLevelThatWorksIsEnoughAndAllOfItsDevicesMust() {
        FenceDevice bad = new Stub(PowerState.UNKNOWN);
        FenceDevice good = new Stub(PowerState.ON);

        assertThat(rehearsed(fencer(CALL, List.of(List.of(bad), List.of(good))), true)
                        .works())
                .isTrue();
        assertThat(rehearsed(fencer(CALL, List.of(List.of(good, bad), List.of(bad))), true)
                        .works())
                .isFalse();
        assertThat(rehearsed(fencer(CALL, List.of()), true).trouble())
                .isEqualTo("no fence device is configured for it");
    }

    @Test
    void aDeviceThatHangsAfterItsPowerIsLeftBehindInTime() {
        FenceDevice hanging = new Stub(PowerState.ON) {
            @Override
            public List<DeviceFact> facts(Duration deadline) {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return List.of();
            }
        };

        FenceCheck found = rehearsed(fencer(Duration.ofMillis(300), List.of(List.of(hanging))), true);

        assertThat(found.works()).isTrue();
        assertThat(found.levels().getFirst().devices().getFirst().worst().subject())
                .isEqualTo(Subject.OTHERS);
    }

    @Test
    void aDeviceThatThrowsFailsAndTheHostCanBeRehearsedAgain() {
        FenceDevice broken = new Stub(PowerState.ON) {
            @Override
            public PowerReading readPower(Duration deadline) {
                throw new IllegalStateException("a defect of ours");
            }
        };
        Fencer fencer = fencer(broken);

        assertThat(rehearsed(fencer, true).trouble()).contains("a defect of ours");
        assertThat(rehearsed(fencer, true).trouble()).contains("a defect of ours");
    }

    @Test
    void whoeverIsRefusedOnceIsNotAskedAgain() {
        FenceDevice refusing = new Stub(PowerState.UNKNOWN) {
            @Override
            public List<DeviceFact> facts(Duration deadline) {
                throw new AssertionError("each login that fails may lock the account");
            }
        };

        assertThat(rehearsed(fencer(refusing), true).works()).isFalse();
    }

    @Test
    void givesWayToAFenceWhichDoesNotWait() throws Exception {
        Held device = new Held();
        Fencer fencer = fencer(device);
        CompletableFuture<Rehearsed> rehearsal = CompletableFuture.supplyAsync(() -> fencer.rehearse(H1, () -> true));
        assertThat(device.asked.await(10, TimeUnit.SECONDS)).isTrue();
        long startNanos = System.nanoTime();

        FenceResult result = fencer.fence(request());

        assertThat(result).isInstanceOf(FenceResult.Proven.class);
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(CALL);
        assertThat(rehearsal.get(10, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        Rehearsed.NotNow.class,
                        notNow -> assertThat(notNow.reason()).startsWith("gave way"));
        await().until(() -> device.interrupted);
        assertThat(fencer.rehearse(H1, () -> false)).isInstanceOf(Rehearsed.Done.class);
    }

    @Test
    void givesWayToAQuestionInEarnest() throws Exception {
        Held device = new Held();
        Fencer fencer = fencer(device);
        CompletableFuture<Rehearsed> rehearsal = CompletableFuture.supplyAsync(() -> fencer.rehearse(H1, () -> true));
        assertThat(device.asked.await(10, TimeUnit.SECONDS)).isTrue();

        assertThat(fencer.readPower(H1, CALL).state()).isEqualTo(PowerState.ON);

        assertThat(rehearsal.get(10, TimeUnit.SECONDS)).isInstanceOf(Rehearsed.NotNow.class);
    }

    @Test
    void doesNotBeginWhileAFenceRunsOrAnotherRehearsal() throws Exception {
        Held device = new Held();
        Fencer fencer = fencer(device);
        CompletableFuture<Rehearsed> first = CompletableFuture.supplyAsync(() -> fencer.rehearse(H1, () -> true));
        assertThat(device.asked.await(10, TimeUnit.SECONDS)).isTrue();

        assertThat(fencer.rehearse(H1, () -> true)).isInstanceOf(Rehearsed.NotNow.class);

        device.release.countDown();
        assertThat(first.get(10, TimeUnit.SECONDS)).isInstanceOf(Rehearsed.Done.class);

        Held slow = new Held();
        Fencer fencing = fencer(slow);
        CompletableFuture<FenceResult> fence = CompletableFuture.supplyAsync(() -> fencing.fence(request()));
        assertThat(slow.asked.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(fencing.rehearse(H1, () -> true)).isInstanceOf(Rehearsed.NotNow.class);
        slow.release.countDown();
        assertThat(fence.get(10, TimeUnit.SECONDS)).isInstanceOf(FenceResult.Proven.class);
    }

    @Test
    void anInterruptOfTheCallerEndsItAndStays() {
        Fencer fencer = fencer(new Held());
        Thread.currentThread().interrupt();

        assertThat(fencer.rehearse(H1, () -> true)).isEqualTo(new Rehearsed.NotNow("interrupted"));

        assertThat(Thread.interrupted()).isTrue();
    }

    private static FenceCheck rehearsed(Fencer fencer, boolean alive) {
        return ((Rehearsed.Done) fencer.rehearse(H1, () -> alive)).check();
    }

    private Fencer fencer(FenceDevice device) {
        return fencer(CALL, List.of(List.of(device)));
    }

    private Fencer fencer(Duration call, List<List<FenceDevice>> levels) {
        Map<String, FenceDevice> byName = new java.util.HashMap<>();
        List<FencingSettings.Level> configured = new java.util.ArrayList<>();
        for (List<FenceDevice> level : levels) {
            List<String> names = new java.util.ArrayList<>();
            for (FenceDevice device : level) {
                String name = "d" + byName.size();
                byName.put(name, device);
                names.add(name);
            }
            configured.add(new FencingSettings.Level(names, null, null, null));
        }
        return new Fencer(
                new FenceDevices(byName, configured.isEmpty() ? Map.of() : Map.of("h1", configured)),
                journal,
                (_, _) -> true,
                new FencingSettings(
                        Map.of(),
                        Map.of(),
                        FencingSettings.Agents.defaults(),
                        call,
                        Duration.ofMillis(10),
                        Duration.ofMillis(50),
                        2,
                        Duration.ZERO,
                        FencingSettings.Slot.defaults(),
                        KdumpSettings.none(),
                        SensorSettings.defaults()),
                InstantSource.system());
    }

    private static FenceRequest request() {
        return new FenceRequest(
                CaseId.of(UUID.randomUUID()),
                SegmentId.of("s"),
                H1,
                HostEpoch.of(1),
                1,
                new LeaderEpoch(1),
                Duration.ofSeconds(30));
    }

    private static class Stub implements FenceDevice {

        private final PowerState state;

        Stub(PowerState state) {
            this.state = state;
        }

        @Override
        public String name() {
            return "stub " + state;
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            return new PowerReading(state, "said " + state, Duration.ZERO);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            throw new AssertionError("a rehearsal orders nothing");
        }
    }

    /** Keeps its first caller until it is released or interrupted; obeys orders. */
    private static final class Held implements FenceDevice {

        final CountDownLatch asked = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        volatile boolean interrupted;
        private volatile boolean on = true;

        @Override
        public String name() {
            return "held";
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            boolean first = asked.getCount() > 0;
            asked.countDown();
            try {
                if (first) {
                    release.await();
                }
            } catch (InterruptedException e) {
                interrupted = true;
                Thread.currentThread().interrupt();
                return new PowerReading(PowerState.UNKNOWN, "interrupted", Duration.ZERO);
            }
            return new PowerReading(on ? PowerState.ON : PowerState.OFF, "power is " + on, Duration.ZERO);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            on = false;
            return new PowerOrder(PowerOrder.Answer.ACCEPTED, "done", Duration.ZERO);
        }
    }
}
