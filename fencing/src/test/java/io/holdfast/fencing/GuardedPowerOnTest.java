package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host's power given back by hand: guarded, journaled, and out of the way of a fence. */
@Timeout(60)
final class GuardedPowerOnTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId BMC = HostId.of("bmc");
    private static final HostId PDU_A = HostId.of("pdu-a");
    private static final HostId PDU_B = HostId.of("pdu-b");
    private static final HostEpoch EPOCH = HostEpoch.of(3);
    private static final SegmentId SEGMENT = SegmentId.of("s");
    private static final Actor ROOT = new Actor("root", "test");

    private final SimulatedPower power = SimulatedPower.inRealTime((_, _) -> {});
    private final InMemoryFenceJournal journal = new InMemoryFenceJournal();
    private boolean inCase;
    private boolean leads = true;
    private boolean permitted = true;

    @Test
    void switchesOnWhatReadsOffTheOutletsFirstAndJournalsBothIntentAndEnd() throws Exception {
        power.losePower(BMC);
        power.losePower(PDU_B);

        PowerOn.Answer.Done done = (PowerOn.Answer.Done) on(devices());

        assertThat(done.all()).isTrue();
        assertThat(done.devices())
                .extracting(PowerOn.Device::name)
                .containsExactly("simulated power of pdu-a", "simulated power of pdu-b", "simulated power of bmc");
        assertThat(done.devices().getFirst().detail()).isEqualTo("was on");
        assertThat(power.hasPower(BMC)).isTrue();
        assertThat(power.hasPower(PDU_B)).isTrue();
        assertThat(journal.history(H1, 10))
                .extracting(FenceJournal.Entry::act, FenceJournal.Entry::level, FenceJournal.Entry::result)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("order-on", 2, "INTENDED"),
                        org.assertj.core.groups.Tuple.tuple("order-on", 2, "READ_ON"),
                        org.assertj.core.groups.Tuple.tuple("order-on", 1, "INTENDED"),
                        org.assertj.core.groups.Tuple.tuple("order-on", 1, "READ_ON"));
        assertThat(journal.history(H1, 10))
                .allSatisfy(entry -> assertThat(entry.actor()).isEqualTo(ROOT.toString()));
        assertThat(journal.proof(H1, EPOCH)).isEmpty();
    }

    @Test
    void isRefusedWhileACaseIsOpenOrWithoutTheLeadOrWithoutADevice() throws Exception {
        power.losePower(BMC);
        inCase = true;
        assertThat(reason(on(devices()))).contains("a case of the host is open");
        inCase = false;
        leads = false;
        assertThat(reason(on(devices()))).isEqualTo("this controller does not lead");
        leads = true;
        assertThat(reason(on(FenceDevices.one(Map.of())))).contains("no fence device is configured");

        assertThat(power.hasPower(BMC)).isFalse();
        assertThat(journal.history(H1, 10)).isEmpty();
    }

    @Test
    void whoeverDoesNotKnowThePowerGivesNoOrder() throws Exception {
        power.fault(BMC, new PowerFault.WrongPassword());

        PowerOn.Answer.Done done = (PowerOn.Answer.Done) on(devices());

        assertThat(done.all()).isFalse();
        assertThat(done.devices().getLast().power()).isEqualTo(PowerState.UNKNOWN);
        assertThat(done.devices().getLast().detail()).isEqualTo("no order given: refused login");
        assertThat(journal.history(H1, 10)).isEmpty();
    }

    /** Both outlets had to prove it off, so both are to be on; of a controller that could prove nothing nobody has to know. */
    @Test
    void whatProvedItOffIsEnoughAndNothingLess() throws Exception {
        power.losePower(PDU_A);
        power.losePower(PDU_B);
        journal.append(new FenceJournal.Entry(
                null, H1, EPOCH, 1, 2, "a, b", FenceJournal.PROOF, "POWER_READ_OFF", "off", "c1", Instant.now()));
        power.fault(PDU_B, new PowerFault.WrongPassword());
        power.fault(BMC, new PowerFault.WrongPassword());
        PowerOn.Answer.Done one = (PowerOn.Answer.Done) on(devices());
        assertThat(one.provenAt()).isEqualTo(2);
        assertThat(one.enough()).as("one of two outlets").isFalse();

        power.fault(PDU_B, new PowerFault.None());
        PowerOn.Answer.Done both = (PowerOn.Answer.Done) on(devices());
        assertThat(both.all()).isFalse();
        assertThat(both.enough()).isTrue();

        power.fault(BMC, new PowerFault.None());
        power.losePower(BMC);
        power.fault(BMC, new PowerFault.Lying());
        assertThat(((PowerOn.Answer.Done) on(devices())).enough())
                .as("the host itself reads off")
                .isFalse();
    }

    @Test
    void aLieARefusalAndALostLeadAreTold() throws Exception {
        power.losePower(BMC);
        power.fault(BMC, new PowerFault.Lying());
        assertThat(last().detail()).contains("ACCEPTED (done)").contains("reads OFF");
        power.fault(BMC, new PowerFault.RefusingOrders());
        assertThat(last().detail()).contains("REFUSED (command refused)");
        power.fault(BMC, new PowerFault.None());
        permitted = false;
        assertThat(last().detail()).contains("does not lead any more");
        assertThat(power.hasPower(BMC)).isFalse();
        assertThat(journal.history(H1, 1).getFirst().result()).isEqualTo("READ_OFF");
    }

    @Test
    void withoutAJournalNothingIsOrdered() {
        power.losePower(BMC);
        assertThatThrownBy(() -> desk(devices(), new FullDisk()).on(H1, EPOCH, ROOT, ""))
                .hasMessage("the disk is full");

        assertThat(power.hasPower(BMC)).isFalse();
    }

    @Test
    void givesWayToAFenceWhichDoesNotWait() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        FenceDevice slow = new FenceDevice() {
            private volatile boolean on;

            @Override
            public String name() {
                return "slow to switch on";
            }

            @Override
            public PowerReading readPower(Duration deadline) {
                return new PowerReading(on ? PowerState.ON : PowerState.OFF, "x", Duration.ZERO);
            }

            @Override
            public PowerOrder powerOff(Duration deadline) {
                on = false;
                return new PowerOrder(PowerOrder.Answer.ACCEPTED, "done", Duration.ZERO);
            }

            @Override
            public PowerOrder powerOn(Duration deadline) {
                asked.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return new PowerOrder(PowerOrder.Answer.NO_ANSWER, "interrupted", Duration.ZERO);
            }
        };
        Fencer fencer = fencer(FenceDevices.one(Map.of(H1, slow)), journal);
        GuardedPowerOn desk = desk(fencer);
        CompletableFuture<PowerOn.Answer> on = CompletableFuture.supplyAsync(() -> {
            try {
                return desk.on(H1, EPOCH, ROOT, "");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(fencer.readPower(H1, Duration.ofSeconds(1)).state()).isEqualTo(PowerState.OFF);
        assertThat(on).as("a question does not end it").isNotDone();

        FenceResult fenced = fencer.fence(new FenceRequest(
                CaseId.of(UUID.randomUUID()), SEGMENT, H1, EPOCH, 1, new LeaderEpoch(1), Duration.ofSeconds(10)));

        assertThat(fenced).isInstanceOf(FenceResult.Proven.class);
        assertThat(reason(on.get(10, TimeUnit.SECONDS))).startsWith("gave way");
    }

    private static final class FullDisk implements FenceJournal {

        @Override
        public void append(Entry entry) {
            throw new FencingException("the disk is full");
        }

        @Override
        public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
            append(entry);
        }

        @Override
        public Optional<Entry> proof(HostId host, HostEpoch epoch) {
            return Optional.empty();
        }

        @Override
        public List<Entry> of(HostId host, HostEpoch epoch) {
            return List.of();
        }

        @Override
        public List<Entry> history(HostId host, int limit) {
            return List.of();
        }
    }

    private PowerOn.Device last() throws InterruptedException {
        return ((PowerOn.Answer.Done) on(devices())).devices().getLast();
    }

    private static String reason(PowerOn.Answer answer) {
        return ((PowerOn.Answer.NotNow) answer).reason();
    }

    private PowerOn.Answer on(FenceDevices devices) throws InterruptedException {
        return desk(devices, journal).on(H1, EPOCH, ROOT, "repaired");
    }

    private FenceDevices devices() {
        return new FenceDevices(
                Map.of("bmc", power.device(BMC), "a", power.device(PDU_A), "b", power.device(PDU_B)),
                Map.of(
                        "h1",
                        List.of(
                                new FencingSettings.Level(List.of("bmc"), null, null, null),
                                new FencingSettings.Level(List.of("a", "b"), null, null, null))));
    }

    private GuardedPowerOn desk(FenceDevices devices, FenceJournal into) {
        return desk(fencer(devices, into));
    }

    private GuardedPowerOn desk(Fencer fencer) {
        return new GuardedPowerOn(
                SEGMENT,
                fencer,
                new Rehearsals.Hosts() {
                    @Override
                    public List<HostId> lookedAfter() {
                        return List.of(H1);
                    }

                    @Override
                    public boolean alive(HostId host) {
                        return false;
                    }

                    @Override
                    public boolean inCase(HostId host) {
                        return inCase;
                    }
                },
                () -> leads ? Optional.of(new LeaderEpoch(1)) : Optional.empty());
    }

    private Fencer fencer(FenceDevices devices, FenceJournal into) {
        return new Fencer(
                devices,
                into,
                (_, _) -> permitted,
                new FencingSettings(
                        Map.of(),
                        Map.of(),
                        FencingSettings.Agents.defaults(),
                        Duration.ofMillis(400),
                        Duration.ofMillis(10),
                        Duration.ofMillis(50),
                        2,
                        Duration.ZERO,
                        FencingSettings.Slot.defaults(),
                        KdumpSettings.none(),
                        SensorSettings.defaults()),
                InstantSource.system());
    }
}
