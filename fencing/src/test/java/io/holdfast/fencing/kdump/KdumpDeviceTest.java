package io.holdfast.fencing.kdump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.CallOff;
import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A ladder with a level that waits for the word of a crashed kernel, with real datagrams over loopback. */
@Timeout(60)
class KdumpDeviceTest {

    private static final HostId H1 = HostId.of("h1");
    private static final byte[] MESSAGE = {0x40, 0x2A, 0x30, 0x1B, 1, 0, 0, 0};

    private final SimulatedPower power = SimulatedPower.inRealTime((_, _) -> {});

    @BeforeEach
    void switchOn() {
        power.restorePower(H1);
    }

    private static KdumpListener listening(Map<String, List<String>> hosts) {
        return KdumpListener.open(
                new KdumpSettings("127.0.0.1", 0, hosts, Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ZERO),
                InstantSource.system());
    }

    private Fencer fencer(KdumpListener ear, Duration patience) {
        return new Fencer(
                new FenceDevices(
                        Map.of("kdump", new KdumpDevice(ear), "outlet", power.device(H1)),
                        Map.of(
                                "*",
                                List.of(
                                        new FencingSettings.Level(List.of("kdump"), null, null, patience),
                                        new FencingSettings.Level(
                                                List.of("outlet"), null, null, Duration.ofSeconds(3))))),
                new InMemoryFenceJournal(),
                (_, _) -> true,
                FencingSettings.defaults(),
                InstantSource.system());
    }

    private static FenceRequest request(CallOff callOff) {
        return new FenceRequest(
                CaseId.of(new UUID(7, 7)),
                SegmentId.of("lab"),
                H1,
                HostEpoch.of(2),
                1,
                LeaderEpoch.of(3),
                Duration.ofSeconds(20),
                callOff);
    }

    private static void say(KdumpListener to) {
        try (DatagramSocket socket =
                new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.11"), 0))) {
            socket.send(new DatagramPacket(MESSAGE, MESSAGE.length, InetAddress.ofLiteral("127.0.0.1"), to.port()));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aMessageAfterTheAttemptBeganProvesAndThePowerStays() throws Exception {
        try (KdumpListener ear = listening(Map.of("h1", List.of("127.0.0.11")))) {
            CompletableFuture<FenceResult> fencing = CompletableFuture.supplyAsync(
                    () -> fencer(ear, Duration.ofSeconds(15)).fence(request(CallOff.NEVER)));
            await().atMost(Duration.ofSeconds(15)).until(() -> {
                say(ear);
                return fencing.isDone();
            });
            FenceProof proof = ((FenceResult.Proven) fencing.get()).proof();
            assertThat(proof.kind()).isEqualTo(FenceProof.Kind.KERNEL_CRASHED);
            assertThat(proof.evidence()).contains("messages of fence_kdump_send from h1", "its power was not cut");
            assertThat(power.hasPower(H1)).isTrue();
        }
    }

    @Test
    void aMessageOfBeforeProvesNothingAndTheNextLevelCutsThePower() {
        try (KdumpListener ear = listening(Map.of("h1", List.of("127.0.0.11")))) {
            say(ear);
            await().until(() -> ear.messages(H1) == 1);
            FenceResult result = fencer(ear, Duration.ofSeconds(2)).fence(request(CallOff.NEVER));
            assertThat(((FenceResult.Proven) result).proof().kind()).isEqualTo(FenceProof.Kind.POWER_READ_OFF);
            assertThat(power.hasPower(H1)).isFalse();
        }
    }

    @Test
    void whatSpeaksAgainstCuttingPowerDoesNotSpeakAgainstListening() {
        try (KdumpListener ear = listening(Map.of("h1", List.of("127.0.0.11")))) {
            CallOff dumping = new CallOff() {
                @Override
                public String reason() {
                    return "it dumps";
                }

                @Override
                public String reasonAgainstAsking() {
                    return "";
                }
            };
            FenceResult result = fencer(ear, Duration.ofSeconds(2)).fence(request(dumping));
            assertThat(result).isInstanceOf(FenceResult.Failed.class);
            assertThat(String.join("\n", result.steps()))
                    .contains("nothing is ordered; its crashed kernel is listened for")
                    .contains("it dumps; the power was not cut");
            assertThat(power.hasPower(H1)).isTrue();
        }
    }

    @Test
    void whoWouldNotBeHeardIsNotWaitedForAndARehearsalSaysSo() {
        try (KdumpListener deaf = KdumpListener.open(KdumpSettings.none(), InstantSource.system());
                KdumpListener strange = listening(Map.of("h2", List.of("127.0.0.11")))) {
            FenceResult result = fencer(strange, Duration.ofSeconds(15)).fence(request(CallOff.NEVER));
            assertThat(result).isInstanceOf(FenceResult.Proven.class);
            assertThat(String.join("\n", result.steps())).contains("fencing.kdump.hosts has no address of it");
            assertThat(fact(strange)).extracting(DeviceFact.Listening::good).isEqualTo(false);
            assertThat(fact(deaf).detail()).contains("fencing.kdump.listen is not set");
        }
    }

    @Test
    void itCutsAndReadsNothing() {
        try (KdumpListener ear = listening(Map.of("h1", List.of("127.0.0.11")))) {
            FenceDevice device = new KdumpDevice(ear);
            assertThat(device.readPower(Duration.ofSeconds(1)).state()).isEqualTo(PowerState.UNKNOWN);
            assertThat(device.powerOff(Duration.ofSeconds(1)).answer()).isEqualTo(PowerOrder.Answer.REFUSED);
            assertThat(device.of(H1).powerOff(Duration.ofSeconds(1)).answer()).isEqualTo(PowerOrder.Answer.REFUSED);
            assertThat(device.of(H1).isHarmless()).isTrue();
            assertThat(fact(ear).good()).isTrue();
        }
    }

    private static DeviceFact.Listening fact(KdumpListener ear) {
        return (DeviceFact.Listening)
                new KdumpDevice(ear).of(H1).facts(Duration.ofSeconds(1)).getFirst();
    }
}
