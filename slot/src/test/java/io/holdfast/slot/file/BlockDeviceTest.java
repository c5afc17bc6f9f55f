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
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.core.BlockFormat.Kind;
import io.holdfast.slot.core.SlotFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Slots on a range of a real block device: the kernel's loop device over a file. What is done to that file is done to the disk behind the
 * device's back, as another machine would.
 */
@Tag("lab")
@Timeout(120)
final class BlockDeviceTest {

    private static final HostId H1 = HostId.of("h1");
    private static final SegmentId SEGMENT = SegmentId.of("rack-1");
    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int SLOTS = 4;
    private static final int OFFSET = 9 * Blocks.SIZE;
    private static final int LENGTH = (int) SlotFormat.size(SLOTS);
    private static final int SIZE = 1 << 20;
    private static final byte OTHERS = (byte) 0xa5;

    @TempDir
    Path directory;

    private Path disk;
    private LoopDevice loop;

    /** Zeros where the range will be, and others' bytes everywhere else. */
    @BeforeEach
    void attach() throws Exception {
        byte[] all = new byte[SIZE];
        Arrays.fill(all, OTHERS);
        Arrays.fill(all, OFFSET, OFFSET + LENGTH, (byte) 0);
        disk = Files.write(directory.resolve("disk"), all);
        loop = LoopDevice.over(disk);
    }

    @AfterEach
    void detach() throws Exception {
        loop.close();
    }

    private SlotPlace place() {
        return new SlotPlace(loop.path(), OFFSET);
    }

    private SlotDevice made() {
        SlotDevice.create(place(), SEGMENT, SLOTS, NOON, LONG);
        return SlotDevice.open(place(), LONG);
    }

    private static Heartbeat beat(long number) {
        return new Heartbeat(H1, "boot-a", "s1", number, NOON, Duration.ZERO, Duration.ofMillis(500), null);
    }

    private static <T> T done(Answer<T> answer) {
        assertThat(answer).isInstanceOf(Answer.Done.class);
        return ((Answer.Done<T>) answer).value();
    }

    private static SlotReading slot(SlotDevice device, int slot) {
        return ((DeviceReading.Read) device.read()).slots().get(slot);
    }

    private void othersAreWhole() throws IOException {
        byte[] all = Files.readAllBytes(disk);
        assertThat(all).hasSize(SIZE);
        for (int i = 0; i < all.length; i++) {
            if (i < OFFSET || i >= OFFSET + LENGTH) {
                assertThat(all[i]).as("byte " + i).isEqualTo(OTHERS);
            }
        }
    }

    @Test
    void aHostClaimsBeatsReadsItsPillAndAcknowledgesItAndNothingAroundIsTouched() throws IOException {
        try (SlotDevice host = made();
                SlotDevice controller = SlotDevice.open(place(), LONG)) {
            for (int other = 2; other <= SLOTS; other++) {
                done(host.claim(HostId.of("n" + other), "boot", NOON));
            }
            int slot = done(host.claim(H1, "boot-a", NOON));
            assertThat(host.renew(slot, beat(1))).isInstanceOf(Renewal.Good.class);
            assertThat(slot(controller, slot).heartbeat()).isEqualTo(new Content.Written<>(1, beat(1)));

            Pill pill = new Pill(H1, "boot-a", null, LeaderEpoch.of(3), "controller-1", "no answer", NOON);
            long sequence = done(controller.pill(slot, pill));
            assertThat(host.renew(slot, beat(2))).isEqualTo(new Renewal.Pilled(sequence, pill));
            Acknowledgement word = new Acknowledgement(H1, "boot-a", sequence, NOON);
            done(host.acknowledge(slot, word));
            assertThat(slot(controller, slot).acknowledgement()).isEqualTo(new Content.Written<>(1, word));
            // The last block of all.
            done(host.acknowledge(SLOTS - 1, word));
        }
        othersAreWhole();
    }

    /**
     * The page cache of this machine holds what stood there before, as that of a controller may, and another machine writes. Only who
     * goes past the cache sees it.
     */
    @Test
    void readsPastTheCacheOfThisMachine() throws IOException {
        try (SlotDevice controller = made();
                SlotDevice elsewhere = SlotDevice.open(new SlotPlace(disk, OFFSET), LONG);
                FileChannel cached = FileChannel.open(loop.path(), StandardOpenOption.READ)) {
            assertThat(controller.pastCaches()).isTrue();
            int slot = done(elsewhere.claim(H1, "boot-a", NOON));
            ByteBuffer before = cachedBeat(cached, slot);

            assertThat(elsewhere.renew(slot, beat(1))).isInstanceOf(Renewal.Good.class);

            assertThat(cachedBeat(cached, slot)).as("what the cache says").isEqualTo(before);
            assertThat(slot(controller, slot).heartbeat()).isEqualTo(new Content.Written<>(1, beat(1)));
            assertThat(((DeviceReading.Read) controller.read()).pastCaches()).isTrue();
        }
    }

    private static ByteBuffer cachedBeat(FileChannel cached, int slot) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(Blocks.SIZE);
        while (block.hasRemaining()
                && cached.read(block, OFFSET + SlotFormat.offset(slot, Kind.HEARTBEAT) + block.position()) > 0) {
            // Until it is full.
        }
        return block.flip();
    }

    @Test
    void aWriteThatWasTornIsNoticedUntilTheNextOne() throws IOException {
        try (SlotDevice device = made()) {
            int slot = done(device.claim(H1, "boot-a", NOON));
            assertThat(device.renew(slot, beat(1))).isInstanceOf(Renewal.Good.class);
            byte[] next = SlotFormat.heartbeat(device.header().id(), slot, 2, beat(2));
            // The power fails when the disk has written its first sectors.
            try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(next, 0, 3 * 512), OFFSET + SlotFormat.offset(slot, Kind.HEARTBEAT));
                channel.force(true);
            }

            assertThat(slot(device, slot).heartbeat()).isInstanceOf(Content.Unreadable.class);
            assertThat(slot(device, slot).claim()).isInstanceOf(Content.Written.class);

            assertThat(device.renew(slot, beat(3))).isInstanceOf(Renewal.Good.class);
            assertThat(slot(device, slot).heartbeat()).isInstanceOf(Content.Written.class);
        }
        othersAreWhole();
    }

    @Test
    void whatGoesBeyondTheEndOfTheDeviceIsRefusedAndNothingIsWritten() throws Exception {
        byte[] before = Files.readAllBytes(disk);
        int last = SIZE - LENGTH + Blocks.SIZE;

        assertThatThrownBy(() -> SlotDevice.create(new SlotPlace(loop.path(), last), SEGMENT, SLOTS, NOON, LONG))
                .isInstanceOf(SlotException.class)
                .hasMessage("slot device " + loop.path() + " from byte " + last + " on: its 4 slots would take "
                        + LENGTH + " bytes, and there are " + (LENGTH - Blocks.SIZE));
        assertThatThrownBy(() -> SlotDevice.create(new SlotPlace(loop.path(), 1L << 40), SEGMENT, 1, NOON, LONG))
                .hasMessageContaining("and there are 0");
        assertThatThrownBy(() -> SlotDevice.create(loop.path(), SEGMENT, 1, NOON, LONG))
                .as("the whole device, which is in use by others")
                .hasMessageContaining("there is something in it already, at its byte 0");

        assertThat(Files.readAllBytes(disk)).isEqualTo(before);
    }

    @Test
    void aDeviceThatHasBecomeTooSmallForItsSlotsIsRefusedWhenItIsOpened() throws Exception {
        made().close();
        int size = OFFSET + LENGTH - 3 * Blocks.SIZE;
        try (LoopDevice smaller = LoopDevice.over(disk, "--sizelimit", Integer.toString(size))) {
            assertThatThrownBy(() -> SlotDevice.open(new SlotPlace(smaller.path(), OFFSET), LONG))
                    .isInstanceOf(SlotException.class)
                    .hasMessageContaining(
                            "its 4 slots would take " + LENGTH + " bytes, and there are " + (LENGTH - 3 * Blocks.SIZE));
        }
    }

    @Test
    void aWholeDeviceNeedsNoOffset() throws Exception {
        Path empty = Files.write(directory.resolve("empty"), new byte[LENGTH]);
        try (LoopDevice whole = LoopDevice.over(empty)) {
            SlotDevice.create(whole.path(), SEGMENT, SLOTS, NOON, LONG);
            try (SlotDevice device = SlotDevice.open(whole.path(), SEGMENT, LONG)) {
                int slot = done(device.claim(H1, "boot-a", NOON));
                assertThat(device.renew(slot, beat(1))).isInstanceOf(Renewal.Good.class);
                assertThat(device.pastCaches()).isTrue();
            }
        }
    }
}
