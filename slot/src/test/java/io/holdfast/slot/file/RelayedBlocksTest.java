package io.holdfast.slot.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Blocks;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceHeader;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.core.BlockFormat.Kind;
import io.holdfast.slot.core.SlotFormat;
import io.holdfast.slot.sim.MemoryBlocks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
final class RelayedBlocksTest {

    private static final HostId H1 = HostId.of("h1");
    private static final SegmentId SEGMENT = SegmentId.of("rack-1");
    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
    private static final Duration LONG = Duration.ofSeconds(60);

    private MemoryBlocks disk;
    private int slot;

    @BeforeEach
    void oneHostBeats() throws IOException {
        disk = new MemoryBlocks(0);
        SlotDevice.format("disk", disk, new DeviceHeader(new UUID(1, 1), SEGMENT, 4, NOON));
        try (SlotDevice device = SlotDevice.open("disk", () -> disk, LONG)) {
            slot = ((Answer.Done<Integer>) device.claim(H1, "boot-a", NOON)).value();
            Heartbeat beat = new Heartbeat(H1, "boot-a", "s1", 7, NOON, Duration.ZERO, Duration.ofMillis(500), null);
            assertThat(device.renew(slot, beat)).isInstanceOf(Renewal.Good.class);
        }
    }

    /** As an agent reads it. */
    private ByteBuffer raw() throws IOException {
        try (SlotDevice device = SlotDevice.open("disk", () -> disk, LONG)) {
            ByteBuffer copy = ByteBuffer.allocate(device.raw().capacity());
            return copy.put(device.raw()).flip();
        }
    }

    private DeviceReading reading(ByteBuffer device) {
        return RelayedBlocks.reading("h2", device, SEGMENT);
    }

    @Test
    void whatAnotherReadIsCheckedAndNeverCountsAsPastCaches() throws IOException {
        assertThat(reading(raw())).isInstanceOfSatisfying(DeviceReading.Read.class, read -> {
            assertThat(read.pastCaches()).isFalse();
            assertThat(read.slots()).hasSize(4);
            assertThat(read.slots().get(slot).heartbeat())
                    .isInstanceOfSatisfying(
                            Content.Written.class,
                            written -> assertThat(((Heartbeat) written.value()).beat())
                                    .isEqualTo(7));
        });
    }

    @Test
    void garbageInABlockIsNoHeartbeat() throws IOException {
        ByteBuffer device = raw();
        int at = (int) SlotFormat.offset(slot, Kind.HEARTBEAT) + 40;
        device.put(at, (byte) (device.get(at) ^ 1));
        assertThat(reading(device))
                .isInstanceOfSatisfying(
                        DeviceReading.Read.class,
                        read -> assertThat(read.slots().get(slot).heartbeat()).isInstanceOf(Content.Unreadable.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4096, 20_000})
    void whatEndsTooEarlyIsNoDevice(int length) throws IOException {
        assertThat(reading(raw().slice(0, length))).isInstanceOf(DeviceReading.Unreadable.class);
    }

    @Test
    void zerosAndAnotherSegmentsDeviceAreNone() throws IOException {
        assertThat(reading(ByteBuffer.allocate(100_000))).isInstanceOf(DeviceReading.Unreadable.class);
        assertThat(RelayedBlocks.reading("h2", raw(), SegmentId.of("rack-2")))
                .isEqualTo(new DeviceReading.Unreadable("the slot device that h2 reads belongs to segment rack-1"));
    }

    @Test
    void nobodyWritesThroughOthers() throws IOException {
        ByteBuffer device = raw();
        try (SlotDevice relayed = SlotDevice.open("relayed", () -> blocks(device), LONG)) {
            assertThat(relayed.renew(
                            slot,
                            new Heartbeat(H1, "boot-a", "s1", 8, NOON, Duration.ZERO, Duration.ofMillis(500), null)))
                    .isInstanceOf(Renewal.Failed.class);
        }
        assertThat(reading(device)).isEqualTo(reading(raw()));
    }

    private static Blocks blocks(ByteBuffer device) {
        return RelayedBlocks.of(device);
    }

    @Test
    void aDeviceThatWasMadeAnewIsNotHandedOn() throws IOException {
        try (SlotDevice device = SlotDevice.open("disk", () -> disk, LONG)) {
            ByteBuffer header = ByteBuffer.wrap(SlotFormat.header(new DeviceHeader(new UUID(2, 2), SEGMENT, 4, NOON)));
            disk.write(0, header);
            assertThatThrownBy(device::raw)
                    .isInstanceOf(IOException.class)
                    .hasMessage("its header is not the one that was there when it was opened");
            assertThat(device.isReplaced()).isTrue();
        }
    }

    @Test
    void aStorageThatHangsCostsTheDeadline() {
        try (SlotDevice device = SlotDevice.open("disk", () -> disk, Duration.ofMillis(200))) {
            disk.fault(MemoryBlocks.Fault.HANGING);
            assertThatThrownBy(device::raw)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("has not answered within");
            assertThatThrownBy(device::raw).isInstanceOf(IOException.class).hasMessageContaining("has not come back");
            disk.fault(MemoryBlocks.Fault.NONE);
        }
    }
}
