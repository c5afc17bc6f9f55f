package io.holdfast.fencing;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FencerTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostEpoch EPOCH = HostEpoch.of(3);
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    private static final FencingSettings SETTINGS = new FencingSettings(
            Map.of(),
            Map.of(),
            FencingSettings.Agents.defaults(),
            Duration.ofMillis(300),
            Duration.ofMillis(10),
            Duration.ofMillis(50),
            2,
            Duration.ZERO,
            FencingSettings.Slot.defaults(),
            KdumpSettings.none(),
            SensorSettings.defaults());

    private final SimulatedPower power = SimulatedPower.inRealTime((_, _) -> {});
    private final InMemoryFenceJournal journal = new InMemoryFenceJournal();

    @Test
    void provesAHostOffAndJournalsIntentBeforeAndProofAfter() {
        FenceResult result = fencer(journal).fence(request());

        FenceProof proof = ((FenceResult.Proven) result).proof();
        assertThat(proof.covers(H1, EPOCH)).isTrue();
        assertThat(proof.kind()).isEqualTo(FenceProof.Kind.POWER_READ_OFF);
        assertThat(proof.at()).isEqualTo(NOW);
        assertThat(power.hasPower(H1)).isFalse();
        assertThat(result.steps()).hasSize(3);
        assertThat(journal.history(H1, 10))
                .extracting(FenceJournal.Entry::act, FenceJournal.Entry::result)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("order-off", "INTENDED"),
                        org.assertj.core.groups.Tuple.tuple("proof", "POWER_READ_OFF"));
    }

    @Test
    void aHostThatIsOffAlreadyIsProvenByAReading() {
        power.losePower(H1);

        assertThat(((FenceResult.Proven) fencer(journal).fence(request()))
                        .proof()
                        .evidence())
                .contains("already off");
    }

    @Test
    void aRepeatedRequestFindsTheProofAndTouchesNothing() {
        Fencer fencer = fencer(journal);
        fencer.fence(request());
        power.restorePower(H1);

        assertThat(fencer.fence(request())).isInstanceOf(FenceResult.Proven.class);
        assertThat(power.hasPower(H1)).as("not fenced a second time").isTrue();
        assertThat(fencer.restore(H1, EPOCH)).isPresent();
        assertThat(fencer.restore(H1, EPOCH.next()))
                .as("another life, another proof")
                .isEmpty();
    }

    @Test
    void aDeviceThatSaysDoneAndDoesNothingFails() {
        power.fault(H1, new PowerFault.Lying());

        FenceResult result = fencer(journal).fence(request());

        assertThat(((FenceResult.Failed) result).reason()).contains("said \"done\", and the host still has power");
        assertThat(fencer(journal).restore(H1, EPOCH)).isEmpty();
        assertThat(lastEntry().result()).isEqualTo("FAILED");
    }

    /** Carries out one call after the other, orders slowly, and those of callers who have gone away too. */
    private static final class BusyDevice implements FenceDevice {

        private final long orderMillis;
        private final AtomicInteger orders = new AtomicInteger();
        private long busyUntilNanos = System.nanoTime();
        private boolean on = true;

        BusyDevice(long orderMillis) {
            this.orderMillis = orderMillis;
        }

        @Override
        public String name() {
            return "busy";
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            return answersWithin(deadline)
                    ? new PowerReading(on ? PowerState.ON : PowerState.OFF, "said so", Duration.ZERO)
                    : new PowerReading(PowerState.UNKNOWN, "timed out", deadline);
        }

        @Override
        public synchronized PowerOrder powerOff(Duration deadline) {
            if (answersWithin(deadline)) {
                orders.incrementAndGet();
                on = false;
                busyUntilNanos = System.nanoTime() + orderMillis * 1_000_000;
            }
            return new PowerOrder(PowerOrder.Answer.NO_ANSWER, "timed out", deadline);
        }

        private synchronized boolean answersWithin(Duration deadline) {
            return busyUntilNanos - System.nanoTime() < deadline.toNanos();
        }
    }

    @Test
    void aDeviceThatIsBusyWithAnOrderForLongerThanAnAttemptIsProvenByALaterOne() {
        BusyDevice device = new BusyDevice(2 * request().deadline().toMillis());
        Fencer fencer = new Fencer(FenceDevices.one(Map.of(H1, device)), journal, (_, _) -> true, SETTINGS, () -> NOW);

        List<FenceResult> results = new ArrayList<>();
        await().atMost(20, SECONDS).until(() -> {
            results.add(fencer.fence(request()));
            return results.getLast() instanceof FenceResult.Proven;
        });

        assertThat(results.getFirst()).isInstanceOf(FenceResult.Unknown.class);
        assertThat(device.orders).hasValue(1);
    }

    @Test
    void aHostThatCameBackAfterTheAttemptBeganIsNotSwitchedOff() {
        AtomicInteger asked = new AtomicInteger();
        FenceResult result = fencer(journal).fence(calledOffBy(() -> {
            asked.incrementAndGet();
            return "the host is back";
        }));

        assertThat(result).isInstanceOfSatisfying(FenceResult.Failed.class, failed -> {
            assertThat(failed.reason()).isEqualTo("the host is back; the power was not cut");
            assertThat(failed.steps()).anyMatch(step -> step.contains("read power: ON"));
        });
        assertThat(asked).as("once, between the reading and the order").hasValue(1);
        assertThat(fencer(journal).readPower(H1, Duration.ofSeconds(1)).state()).isEqualTo(PowerState.ON);
        assertThat(lastEntry().result()).isEqualTo("FAILED");
    }

    @Test
    void nothingIsOrderedWhenNobodyCanSayWhetherTheHostIsBack() {
        FenceResult result = fencer(journal).fence(calledOffBy(() -> {
            throw new IllegalStateException("no memory of it");
        }));

        assertThat(result)
                .isInstanceOfSatisfying(
                        FenceResult.Failed.class,
                        failed -> assertThat(failed.reason()).contains("the power was not cut", "no memory of it"));
        assertThat(fencer(journal).readPower(H1, Duration.ofSeconds(1)).state()).isEqualTo(PowerState.ON);
    }

    @Test
    void aDeadDeviceIsUnknownWithinTheDeadline() {
        power.fault(H1, new PowerFault.Dead());

        long startNanos = System.nanoTime();
        FenceResult result = fencer(journal).fence(request());

        assertThat(result).isInstanceOf(FenceResult.Unknown.class);
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofMillis(1600));
        assertThat(lastEntry().result()).isEqualTo("UNKNOWN");
    }

    @Test
    void aDeviceThatDiesWithItsHostNeverProvesIt() {
        power.fault(H1, new PowerFault.DiesWithHost());
        power.losePower(H1);

        assertThat(fencer(journal).fence(request())).isInstanceOf(FenceResult.Unknown.class);
    }

    @Test
    void aWrongPasswordIsUnknownAtOnceAndNamed() {
        power.fault(H1, new PowerFault.WrongPassword());

        assertThat(((FenceResult.Unknown) fencer(journal).fence(request())).reason())
                .contains("refused login");
    }

    @Test
    void aRefusedOrderFailsWithItsReason() {
        power.fault(H1, new PowerFault.RefusingOrders());

        assertThat(((FenceResult.Failed) fencer(journal).fence(request())).reason())
                .contains("refused the order (command refused), and the host still has power");
    }

    @Test
    void aLostReplyIsMadeGoodByTheReadBack() {
        power.fault(H1, new PowerFault.LosingReplies());

        assertThat(fencer(journal).fence(request())).isInstanceOf(FenceResult.Proven.class);
    }

    @Test
    void aSlowDeviceIsWaitedForAndTooSlowAOneIsNot() {
        power.fault(H1, new PowerFault.Slow(Duration.ofMillis(100)));
        assertThat(fencer(journal).fence(request())).isInstanceOf(FenceResult.Proven.class);

        power.restorePower(H1);
        power.fault(H1, new PowerFault.Slow(Duration.ofMillis(400)));
        assertThat(fencer(new InMemoryFenceJournal()).fence(request())).isInstanceOf(FenceResult.Unknown.class);
    }

    @Test
    void aHostThatIsSwitchedOnAgainBeforeTheReadBackFails() {
        power.fault(H1, new PowerFault.SwitchingOnAgain(0));

        assertThat(fencer(journal).fence(request())).isInstanceOf(FenceResult.Failed.class);
    }

    @Test
    void aDeviceThatHangsForEverDoesNotHoldTheCaller() {
        CountDownLatch never = new CountDownLatch(1);
        FenceDevice hanging = new HangingDevice(never);

        long startNanos = System.nanoTime();
        FenceResult result = fencer(hanging, journal, (_, _) -> true).fence(request());

        assertThat(result).isInstanceOf(FenceResult.Unknown.class);
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofMillis(1600));
        never.countDown();
    }

    @Test
    void threadsLeftBehindByAHangingDeviceHaveALimit() {
        CountDownLatch never = new CountDownLatch(1);
        HangingDevice hanging = new HangingDevice(never);
        Fencer fencer = fencer(hanging, journal, (_, _) -> true);

        fencer.fence(request());
        FenceResult second = fencer.fence(request());

        assertThat(hanging.calls.get()).isLessThanOrEqualTo(BoundedCall.LEFT_BEHIND_LIMIT);
        assertThat(String.join("\n", second.steps())).contains("earlier calls still hang");
        never.countDown();
    }

    @Test
    void aDeviceThatThrowsIsUnknown() {
        FenceDevice broken = new FenceDevice() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public PowerReading readPower(Duration deadline) {
                throw new IllegalStateException("driver defect");
            }

            @Override
            public PowerOrder powerOff(Duration deadline) {
                throw new IllegalStateException("driver defect");
            }
        };

        FenceResult result = fencer(broken, journal, (_, _) -> true).fence(request());

        assertThat(((FenceResult.Unknown) result).reason()).contains("driver defect");
    }

    @Test
    void doesNotActWhenTheIntentCannotBeJournaled() {
        FailingJournal failing = new FailingJournal("order-off");

        FenceResult result = fencer(failing).fence(request());

        assertThat(((FenceResult.Failed) result).reason())
                .isEqualTo("the fence journal cannot be written, so the power was not cut: disk full");
        assertThat(power.hasPower(H1)).isTrue();
    }

    @Test
    void doesNotActWhenTheJournalCannotBeRead() {
        FenceResult result = fencer(new FailingJournal("lookup")).fence(request());

        assertThat(((FenceResult.Failed) result).reason()).contains("cannot be read: disk full");
        assertThat(power.hasPower(H1)).isTrue();
    }

    @Test
    void aProofThatCannotBeJournaledDoesNotCount() {
        FenceResult result = fencer(new FailingJournal("proof")).fence(request());

        assertThat(((FenceResult.Unknown) result).reason())
                .isEqualTo("the host is isolated, but the proof cannot be journaled: disk full");
    }

    @Test
    void aFailureThatCannotBeJournaledIsStillAFailure() {
        power.fault(H1, new PowerFault.RefusingOrders());

        assertThat(fencer(new FailingJournal("result")).fence(request())).isInstanceOf(FenceResult.Failed.class);
    }

    @Test
    void aJournalThatHangsDoesNotHoldTheCaller() {
        CountDownLatch never = new CountDownLatch(1);
        FenceJournal hanging = new FailingJournal("nothing") {
            @Override
            public void append(Entry entry) {
                awaitUninterruptibly(never);
            }
        };

        FenceResult result = fencer(hanging).fence(request());

        assertThat(result).isInstanceOf(FenceResult.Failed.class);
        assertThat(power.hasPower(H1)).isTrue();
        never.countDown();
    }

    @Test
    void doesNotActWithoutThePermit() {
        FenceResult result = fencer(power.device(H1), journal, (_, _) -> false).fence(request());

        assertThat(((FenceResult.Failed) result).reason())
                .isEqualTo("this controller no longer leads segment s1 at epoch 7; the power was not cut");
        assertThat(power.hasPower(H1)).isTrue();
        assertThat(lastEntry().act()).isEqualTo("result");
    }

    @Test
    void doesNotActWhenTheJournalKnowsANewerLeader() {
        journal.appendIntent(
                FenceJournalContract.entry(HostId.of("h2"), 1, "order-off", "INTENDED", "", null),
                SegmentId.of("s1"),
                new LeaderEpoch(8));

        FenceResult result = fencer(journal).fence(request());

        assertThat(((FenceResult.Failed) result).reason()).contains("is led at epoch 8, refused an act of epoch 7");
        assertThat(power.hasPower(H1)).isTrue();
    }

    @Test
    void doesNotActWhenThePermitCannotBeTold() {
        FenceResult result = fencer(power.device(H1), journal, (_, _) -> {
                    throw new IllegalStateException("lease unknown");
                })
                .fence(request());

        assertThat(((FenceResult.Failed) result).reason()).contains("lease unknown");
        assertThat(power.hasPower(H1)).isTrue();
    }

    @Test
    void asksThePermitAfterTheIntentIsWritten() {
        List<String> order = new ArrayList<>();
        FenceJournal listening = new FailingJournal("nothing") {
            @Override
            public void append(Entry entry) {
                order.add(entry.act());
            }
        };

        fencer(power.device(H1), listening, (_, _) -> order.add("permit")).fence(request());

        assertThat(order).containsExactly("order-off", "permit", "proof");
    }

    @Test
    void aHostWithoutADeviceFailsAndSaysWhatToDo() {
        Fencer fencer =
                new Fencer(FenceDevices.one(Map.of()), journal, (_, _) -> true, SETTINGS, InstantSource.fixed(NOW));

        assertThat(((FenceResult.Failed) fencer.fence(request())).reason())
                .isEqualTo("no fence device is configured for host h1; configure fencing.devices or confirm by "
                        + "force-down --fenced");
        assertThat(fencer.readPower(H1, Duration.ofSeconds(1)).state()).isEqualTo(PowerState.UNKNOWN);
    }

    @Test
    void anInterruptedCallerIsBackAtOnceWithItsFlagSetAndAnEntryInTheJournal() {
        power.fault(H1, new PowerFault.Dead());
        AtomicReference<FenceResult> result = new AtomicReference<>();
        AtomicBoolean flag = new AtomicBoolean();
        Thread caller = Thread.ofPlatform().start(() -> {
            result.set(fencer(journal).fence(request()));
            flag.set(Thread.currentThread().isInterrupted());
        });
        await().atMost(5, SECONDS).until(() -> caller.getState() == Thread.State.TIMED_WAITING);

        caller.interrupt();

        await().atMost(5, SECONDS).until(() -> !caller.isAlive());
        assertThat(((FenceResult.Unknown) result.get()).reason()).startsWith("interrupted");
        assertThat(flag).isTrue();
    }

    @Test
    void callersForOneHostRunOneAfterAnotherAndShareTheProof() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger orders = new AtomicInteger();
        FenceDevice counted = new FenceDevice() {
            private final FenceDevice real = power.device(H1);

            @Override
            public String name() {
                return real.name();
            }

            @Override
            public PowerReading readPower(Duration deadline) {
                return real.readPower(deadline);
            }

            @Override
            public PowerOrder powerOff(Duration deadline) {
                assertThat(inside.incrementAndGet()).isEqualTo(1);
                orders.incrementAndGet();
                PowerOrder answer = real.powerOff(deadline);
                inside.decrementAndGet();
                return answer;
            }
        };
        Fencer fencer = fencer(counted, journal, (_, _) -> true);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<FenceResult>> tasks = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                tasks.add(() -> fencer.fence(request()));
            }
            for (Future<FenceResult> done : callers.invokeAll(tasks)) {
                assertThat(done.get()).isInstanceOf(FenceResult.Proven.class);
            }
        }
        assertThat(orders).hasValue(1);
    }

    @Test
    void aCallerThatWaitsTooLongForAnotherAttemptDoesNotKnow() {
        CountDownLatch never = new CountDownLatch(1);
        Fencer fencer = fencer(new HangingDevice(never), journal, (_, _) -> true);
        Thread first = Thread.ofVirtual().start(() -> fencer.fence(request()));
        await().atMost(5, SECONDS)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(thread -> thread.getName().equals("fence-device-h1")));

        FenceResult second = fencer.fence(request(Duration.ofMillis(50)));

        assertThat(((FenceResult.Unknown) second).reason()).isEqualTo("another attempt on this host is still running");
        never.countDown();
        await().atMost(5, SECONDS).until(() -> !first.isAlive());
    }

    @Test
    void acceptsAWordOnlyWithTheNameOfWhoGaveItAndOnlyOnce() {
        Fencer fencer = fencer(journal);

        FenceProof proof = fencer.acceptWord(caseId(), H1, EPOCH, new Actor("ops-1", "api"), "pulled the plug");

        assertThat(proof.kind()).isEqualTo(FenceProof.Kind.CALLER_STATES_FENCED);
        assertThat(proof.evidence()).isEqualTo("ops-1 (api) states that the host is isolated: pulled the plug");
        assertThat(lastEntry().actor()).isEqualTo("ops-1 (api)");
        fencer.acceptWord(caseId(), H1, EPOCH, new Actor("ops-2", "api"), "again");
        assertThat(journal.history(H1, 10)).hasSize(1);
        assertThat(fencer.restore(H1, EPOCH).map(FenceProof::kind)).contains(FenceProof.Kind.CALLER_STATES_FENCED);
    }

    @Test
    void anOperatorsConfirmationIsAProofOfItsOwnKind() {
        Fencer fencer = fencer(journal);

        FenceProof proof = fencer.confirmDead(caseId(), H1, EPOCH, new Actor("ops-1", "cli"), "the board is burnt");

        assertThat(proof.kind()).isEqualTo(FenceProof.Kind.OPERATOR_CONFIRMED);
        assertThat(proof.evidence()).isEqualTo("ops-1 (cli) confirms that the host is dead: the board is burnt");
        assertThat(lastEntry().actor()).isEqualTo("ops-1 (cli)");
        assertThat(fencer.restore(H1, EPOCH).map(FenceProof::kind)).contains(FenceProof.Kind.OPERATOR_CONFIRMED);
        assertThat(fencer.acceptWord(caseId(), H1, EPOCH, new Actor("ops-2", "api"), "me too"))
                .as("what is proven is not proven again")
                .extracting(FenceProof::kind)
                .isEqualTo(FenceProof.Kind.OPERATOR_CONFIRMED);
        assertThat(fencer.levels(H1)).hasSize(1);
        assertThat(fencer.levels(HostId.of("h9"))).isEmpty();
        assertThatThrownBy(() -> fencer(new FailingJournal("proof"))
                        .confirmDead(caseId(), H1, EPOCH, new Actor("ops-1", "cli"), "burnt"))
                .isInstanceOf(FencingException.class)
                .hasMessageContaining("does not count until it is written");
    }

    @Test
    void aWordThatCannotBeJournaledDoesNotCount() {
        assertThatThrownBy(() -> fencer(new FailingJournal("proof"))
                        .acceptWord(caseId(), H1, EPOCH, new Actor("ops-1", "api"), "pulled the plug"))
                .isInstanceOf(FencingException.class)
                .hasMessageContaining("does not count until it is written");
        assertThatThrownBy(() -> fencer(new FailingJournal("lookup")).restore(H1, EPOCH))
                .isInstanceOf(FencingException.class);
    }

    @Test
    void readsThePowerForWhoeverWonders() {
        Fencer fencer = fencer(journal);

        assertThat(fencer.readPower(H1, Duration.ofSeconds(1)).state()).isEqualTo(PowerState.ON);
        power.losePower(H1);
        assertThat(fencer.readAll(Duration.ofSeconds(1)).get("h1").state()).isEqualTo(PowerState.OFF);
        assertThat(journal.history(H1, 10)).isEmpty();
    }

    private Fencer fencer(FenceJournal into) {
        return fencer(power.device(H1), into, (_, _) -> true);
    }

    private static Fencer fencer(FenceDevice device, FenceJournal into, ActPermit permit) {
        return new Fencer(FenceDevices.one(Map.of(H1, device)), into, permit, SETTINGS, InstantSource.fixed(NOW));
    }

    private static FenceRequest request() {
        return request(Duration.ofSeconds(1));
    }

    private static FenceRequest request(Duration deadline) {
        return new FenceRequest(caseId(), SegmentId.of("s1"), H1, EPOCH, 1, new LeaderEpoch(7), deadline);
    }

    private static FenceRequest calledOffBy(CallOff callOff) {
        FenceRequest usual = request();
        return new FenceRequest(
                usual.caseId(),
                usual.segment(),
                usual.host(),
                usual.epoch(),
                usual.attempt(),
                usual.leader(),
                usual.deadline(),
                callOff);
    }

    private static CaseId caseId() {
        return CaseId.of(new UUID(0, 1));
    }

    private FenceJournal.Entry lastEntry() {
        return journal.history(H1, 1).getLast();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                // This is the fault that is simulated: code that does not listen.
            }
        }
    }

    /** Ignores deadlines and interrupts, as native code may. */
    private static final class HangingDevice implements FenceDevice {

        private final CountDownLatch until;
        final AtomicInteger calls = new AtomicInteger();

        HangingDevice(CountDownLatch until) {
            this.until = until;
        }

        @Override
        public String name() {
            return "hanging";
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            calls.incrementAndGet();
            awaitUninterruptibly(until);
            return new PowerReading(PowerState.OFF, "too late", deadline);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            calls.incrementAndGet();
            awaitUninterruptibly(until);
            return new PowerOrder(PowerOrder.Answer.ACCEPTED, "too late", deadline);
        }
    }

    /** Fails for one act, or for every lookup. */
    private static class FailingJournal implements FenceJournal {

        private final InMemoryFenceJournal real = new InMemoryFenceJournal();
        private final String failing;

        FailingJournal(String failing) {
            this.failing = failing;
        }

        @Override
        public void append(Entry entry) {
            if (entry.act().equals(failing)) {
                throw new IllegalStateException("disk full");
            }
            real.append(entry);
        }

        @Override
        public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
            append(entry);
        }

        @Override
        public Optional<Entry> proof(HostId host, HostEpoch epoch) {
            if (failing.equals("lookup")) {
                throw new IllegalStateException("disk full");
            }
            return real.proof(host, epoch);
        }

        @Override
        public List<Entry> of(HostId host, HostEpoch epoch) {
            return real.of(host, epoch);
        }

        @Override
        public List<Entry> history(HostId host, int limit) {
            return real.history(host, limit);
        }
    }
}
