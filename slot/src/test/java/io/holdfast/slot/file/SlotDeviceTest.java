package io.holdfast.slot.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Blocks;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceHeader;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.core.BlockFormat.Kind;
import io.holdfast.slot.core.SlotFormat;
import io.holdfast.slot.sim.MemoryBlocks;
import io.holdfast.slot.sim.MemoryBlocks.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class SlotDeviceTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final SegmentId SEGMENT = SegmentId.of("rack-1");
    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path directory;

    private MemoryBlocks disk;

    @BeforeEach
    void format() throws IOException {
        disk = new MemoryBlocks(0);
        SlotDevice.format("disk", disk, new DeviceHeader(new UUID(1, 1), SEGMENT, 4, NOON));
    }

    private SlotDevice open(Duration deadline) {
        return SlotDevice.open("disk", () -> disk, deadline);
    }

    private static Heartbeat beat(HostId host, String boot, String session, long number) {
        return new Heartbeat(host, boot, session, number, NOON, Duration.ZERO, Duration.ofMillis(500), null);
    }

    private static Pill pill(String boot, long leader) {
        return new Pill(H1, boot, null, LeaderEpoch.of(leader), "controller-" + leader, "no answer", NOON);
    }

    private static <T> T done(Answer<T> answer) {
        assertThat(answer).isInstanceOf(Answer.Done.class);
        return ((Answer.Done<T>) answer).value();
    }

    private static String refused(Answer<?> answer) {
        assertThat(answer).isInstanceOf(Answer.Refused.class);
        return ((Answer.Refused<?>) answer).reason();
    }

    private static String failed(Answer<?> answer) {
        assertThat(answer).isInstanceOf(Answer.Failed.class);
        return ((Answer.Failed<?>) answer).reason();
    }

    private static SlotReading slot(SlotDevice device, int slot) {
        return ((DeviceReading.Read) device.read()).slots().get(slot);
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    // ---- a host lives

    @Test
    void aHostClaimsItsSlotOnceAndBeats() {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 1))).isInstanceOf(Renewal.Good.class);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 2))).isInstanceOf(Renewal.Good.class);
            assertThat(slot(device, slot).heartbeat()).isEqualTo(new Content.Written<>(2, beat(H1, "boot-a", "s1", 2)));
            // A restarted agent, and then a booted host.
            assertThat(done(device.claim(H1, "boot-a", NOON))).isEqualTo(slot);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s2", 1))).isInstanceOf(Renewal.Good.class);
            assertThat(done(device.claim(H1, "boot-b", NOON))).isEqualTo(slot);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s2", 2)))
                    .isEqualTo(new Renewal.Failed("slot " + slot + " is claimed by h1, boot boot-b"));
        }
    }

    @Test
    void aFullDeviceRefusesOneMore() {
        try (SlotDevice device = open(LONG)) {
            for (int i = 1; i <= 4; i++) {
                done(device.claim(HostId.of("n" + i), "boot", NOON));
            }
            assertThat(refused(device.claim(H1, "boot", NOON))).contains("all 4 slots are taken");
        }
    }

    @Test
    void twoWritersOfOneNameGiveNeitherOneALicenceForLong() {
        try (SlotDevice one = open(LONG);
                SlotDevice other = open(LONG)) {
            int slot = done(one.claim(H1, "boot-a", NOON));
            assertThat(one.renew(slot, beat(H1, "boot-a", "s1", 1))).isInstanceOf(Renewal.Good.class);
            done(other.claim(H1, "boot-b", NOON));
            assertThat(one.renew(slot, beat(H1, "boot-a", "s1", 2))).isInstanceOf(Renewal.Failed.class);
            assertThat(other.renew(slot, beat(H1, "boot-b", "s2", 1))).isInstanceOf(Renewal.Good.class);
        }
    }

    @Test
    void aSlotThatAnotherTookGivesNoLicenceAndKeepsItsHeartbeat() throws IOException {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            disk.write(
                    SlotFormat.offset(slot, Kind.CLAIM),
                    ByteBuffer.wrap(SlotFormat.claim(
                            device.header().id(), slot, 9, new io.holdfast.slot.Claim(H2, "boot-x", NOON))));
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 1)))
                    .isEqualTo(new Renewal.Failed("slot " + slot + " is claimed by h2, boot boot-x"));
            assertThat(slot(device, slot).heartbeat()).isInstanceOf(Content.Empty.class);
        }
    }

    // ---- the pill

    @Test
    void aPillIsReadByTheLifeThatItIsForAndByNoOther() {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            device.renew(slot, beat(H1, "boot-a", "s1", 1));
            long sequence = done(device.pill(slot, pill("boot-a", 3)));
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 2)))
                    .isEqualTo(new Renewal.Pilled(sequence, pill("boot-a", 3)));
            assertThat(done(device.acknowledge(slot, new Acknowledgement(H1, "boot-a", sequence, NOON))))
                    .isEqualTo(1);
            assertThat(device.renew(slot, beat(H1, "boot-a", "after a restart", 1)))
                    .isInstanceOf(Renewal.Pilled.class);
            done(device.claim(H1, "boot-b", NOON));
            assertThat(device.renew(slot, beat(H1, "boot-b", "s3", 1))).isInstanceOf(Renewal.Good.class);
        }
    }

    @Test
    void aHostThatCannotWriteReadsItsPillAllTheSame() {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            done(device.pill(slot, pill("boot-a", 3)));
            disk.fault(Fault.FULL);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 1))).isInstanceOf(Renewal.Pilled.class);
        }
    }

    @Test
    void anOlderLeaderDoesNotReplaceANewersPill() {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-b", NOON));
            long sequence = done(device.pill(slot, pill("boot-a", 3)));
            assertThat(done(device.pill(slot, pill("boot-a", 3))))
                    .as("said again")
                    .isEqualTo(sequence);
            assertThat(refused(device.pill(slot, pill("boot-b", 2)))).contains("leader epoch 3");
            assertThat(refused(device.pill(slot, pill("boot-a", 4)))).contains("a pill for this life already");
            assertThat(done(device.pill(slot, pill("boot-b", 4)))).isEqualTo(sequence + 1);
        }
    }

    @Test
    void aPillForAHostWithoutThatSlotIsRefused() {
        try (SlotDevice device = open(LONG)) {
            assertThat(refused(device.pill(0, pill("boot-a", 1)))).contains("slot 0 is not h1's");
        }
    }

    @Test
    void aPillIsTakenAwayOnlyFromALifeThatIsOver() {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            assertThat(refused(device.clearPill(slot, Optional.empty()))).contains("no pill");
            done(device.pill(slot, pill("boot-a", 3)));
            assertThat(refused(device.clearPill(slot, Optional.empty()))).contains("may still be there");
            assertThat(refused(device.clearPill(slot, Optional.of(H2)))).contains("may still be there");
            done(device.claim(H1, "boot-b", NOON));
            assertThat(done(device.clearPill(slot, Optional.empty()))).isEqualTo(pill("boot-a", 3));
            done(device.pill(slot, pill("boot-b", 3)));
            assertThat(done(device.clearPill(slot, Optional.of(H1)))).isEqualTo(pill("boot-b", 3));
        }
    }

    @Test
    void aPlaceOfThePillThatCannotBeReadGivesNoLicence() {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            disk.flip((int) SlotFormat.offset(slot, Kind.PILL) + 100);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 1))).isInstanceOf(Renewal.Failed.class);
            // A controller can still close the door with one that can be read.
            long sequence = done(device.pill(slot, pill("boot-a", 3)));
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 2)))
                    .isEqualTo(new Renewal.Pilled(sequence, pill("boot-a", 3)));
        }
    }

    // ---- storage fails

    @Test
    void storageThatFailsGivesReasonsAndNoFacts() {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            disk.fault(Fault.FULL);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 1)))
                    .isEqualTo(new Renewal.Failed("No space left on device"));
            assertThat(failed(device.pill(slot, pill("boot-a", 1)))).isEqualTo("No space left on device");
            disk.fault(Fault.BROKEN);
            assertThat(device.read()).isEqualTo(new DeviceReading.Unreadable("Input/output error"));
            assertThat(failed(device.claim(H2, "boot-a", NOON))).isEqualTo("Input/output error");
            assertThat(failed(device.clearPill(slot, Optional.empty()))).isEqualTo("Input/output error");
        }
    }

    @Test
    void aTornHeartbeatIsUnreadableUntilTheNextOne() {
        try (SlotDevice device = open(LONG)) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            device.renew(slot, beat(H1, "boot-a", "s1", 1));
            disk.fault(Fault.TEARING);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 2))).isInstanceOf(Renewal.Failed.class);
            disk.fault(Fault.NONE);
            assertThat(slot(device, slot).heartbeat()).isInstanceOf(Content.Unreadable.class);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 3))).isInstanceOf(Renewal.Good.class);
            assertThat(slot(device, slot).heartbeat()).isInstanceOf(Content.Written.class);
        }
    }

    @Test
    void aDeviceThatShrinksOrIsMadeAnewIsUnreadable() throws IOException {
        try (SlotDevice device = open(LONG)) {
            byte[] all = disk.snapshot();
            disk.resize(all.length - 4096);
            assertThat(((DeviceReading.Unreadable) device.read()).reason()).contains("ends at");
            disk.resize(all.length);
            // Grown again: what was cut off is zeros, and no empty slot.
            assertThat(slot(device, 3).acknowledgement()).isInstanceOf(Content.Unreadable.class);
            disk.resize(0);
            SlotDevice.format("disk", disk, new DeviceHeader(new UUID(2, 2), SEGMENT, 4, NOON));
            assertThat(((DeviceReading.Unreadable) device.read()).reason()).contains("header");
            assertThat(failed(device.claim(H1, "boot-a", NOON))).contains("header has changed");
        }
    }

    @Test
    void storageThatHangsTakesOneThreadAndEveryCallComesBack() {
        try (SlotDevice device = open(SHORT);
                SlotDevice patient = open(LONG)) {
            int slot = done(patient.claim(H1, "boot-a", NOON));
            disk.fault(Fault.HANGING);
            assertThat(device.renew(slot, beat(H1, "boot-a", "s1", 1)))
                    .isEqualTo(new Renewal.Failed("the storage has not answered within 50 ms"));
            for (int i = 0; i < 5; i++) {
                assertThat(((DeviceReading.Unreadable) device.read()).reason())
                        .contains("an earlier access has not come back");
            }
            assertThat(disk.inside()).isEqualTo(1);
            disk.fault(Fault.NONE);
            await(() -> device.read() instanceof DeviceReading.Read);
            assertThat(disk.insideMost()).isEqualTo(1);
        }
    }

    // ---- opening and making

    @Test
    void whatIsNoneOfOursIsRefused() throws IOException {
        assertThatThrownBy(() -> SlotDevice.open(directory.resolve("missing"), LONG))
                .isInstanceOf(SlotException.class)
                .hasMessageContaining("there is no such file");
        Path text = Files.write(directory.resolve("text"), new byte[8192]);
        assertThatThrownBy(() -> SlotDevice.open(text, LONG)).hasMessageContaining("no block of a slot device");
        Path small = Files.write(directory.resolve("small"), new byte[100]);
        assertThatThrownBy(() -> SlotDevice.open(small, LONG)).hasMessageContaining("ends at");
        disk.flip(9);
        assertThatThrownBy(() -> open(LONG)).hasMessageContaining("format 17, and this program knows 1");
        disk.flip(9);
        disk.flip(60);
        assertThatThrownBy(() -> open(LONG)).hasMessageContaining("checksum");
    }

    @Test
    void aDeviceOfAnotherSegmentIsRefused() {
        Path file = directory.resolve("slots");
        SlotDevice.create(file, SEGMENT, 2, NOON, LONG);
        assertThatThrownBy(() -> SlotDevice.open(file, SegmentId.of("rack-2"), LONG))
                .hasMessageContaining("belongs to segment rack-1, not to rack-2");
    }

    @Test
    void aDeviceIsNeverMadeOverSomething() throws IOException {
        Path file = directory.resolve("slots");
        SlotDevice.create(file, SEGMENT, 2, NOON, LONG);
        assertThatThrownBy(() -> SlotDevice.create(file, SEGMENT, 2, NOON, LONG))
                .isInstanceOf(SlotException.class)
                .hasMessageContaining("there is something in it already");
        assertThatThrownBy(() -> SlotDevice.create(directory.resolve("no/dir"), SEGMENT, 2, NOON, LONG))
                .isInstanceOf(SlotException.class);
        // A raw device is full of zeros, or wiped.
        Path raw = Files.write(directory.resolve("raw"), new byte[1 << 16]);
        SlotDevice.create(raw, SEGMENT, 2, NOON, LONG);
        try (SlotDevice device = SlotDevice.open(raw, SEGMENT, LONG)) {
            assertThat(device.header().slots()).isEqualTo(2);
        }
    }

    @Test
    void aFileServesAsTheMemoryDoes() {
        Path file = directory.resolve("slots");
        SlotDevice.create(file, SEGMENT, 128, NOON, LONG);
        try (SlotDevice host = SlotDevice.open(file, SEGMENT, LONG);
                SlotDevice controller = SlotDevice.open(file, SEGMENT, LONG)) {
            assertThat(controller.read()).isInstanceOf(DeviceReading.Read.class);
            int slot = done(host.claim(H1, "boot-a", NOON));
            assertThat(host.renew(slot, beat(H1, "boot-a", "s1", 1))).isInstanceOf(Renewal.Good.class);
            assertThat(slot(controller, slot).heartbeat()).isInstanceOf(Content.Written.class);
            long sequence = done(controller.pill(slot, pill("boot-a", 1)));
            assertThat(host.renew(slot, beat(H1, "boot-a", "s1", 2)))
                    .isEqualTo(new Renewal.Pilled(sequence, pill("boot-a", 1)));
        }
    }

    @Test
    void saysWhetherItReadsPastTheCaches() throws IOException {
        Path file = directory.resolve("slots");
        SlotDevice.create(file, SEGMENT, 1, NOON, LONG);
        boolean direct;
        try (Blocks blocks = FileBlocks.open(file)) {
            direct = blocks.pastCaches();
        }
        try (SlotDevice device = SlotDevice.open(file, LONG)) {
            assertThat(((DeviceReading.Read) device.read()).pastCaches()).isEqualTo(direct);
        }
    }
}
