package io.holdfast.slot.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Blocks;
import io.holdfast.slot.DeviceHeader;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.core.SlotFormat;
import io.holdfast.slot.sim.MemoryBlocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slots in a range that begins behind something else; on a block device they are in {@link BlockDeviceTest}. */
@Timeout(120)
final class SlotRangeTest {

    private static final HostId H1 = HostId.of("h1");
    private static final SegmentId SEGMENT = SegmentId.of("rack-1");
    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int OFFSET = 5 * Blocks.SIZE;
    private static final int LENGTH = (int) SlotFormat.size(2);
    private static final byte OTHERS = (byte) 0xa5;

    @TempDir
    Path directory;

    /** Zeros for two slots, with somebody else's bytes in front and behind. */
    private Path surrounded() throws IOException {
        byte[] all = new byte[OFFSET + LENGTH + 3 * Blocks.SIZE];
        Arrays.fill(all, OTHERS);
        Arrays.fill(all, OFFSET, OFFSET + LENGTH, (byte) 0);
        return Files.write(directory.resolve("disk"), all);
    }

    private static void othersAreWhole(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        assertThat(all).hasSize(OFFSET + LENGTH + 3 * Blocks.SIZE);
        for (int i = 0; i < all.length; i++) {
            if (i < OFFSET || i >= OFFSET + LENGTH) {
                assertThat(all[i]).as("byte " + i).isEqualTo(OTHERS);
            }
        }
    }

    private static Heartbeat beat(long number) {
        return new Heartbeat(H1, "boot-a", "s1", number, NOON, Duration.ZERO, Duration.ofMillis(500), null);
    }

    private static int claim(SlotDevice device, String host) {
        return ((Answer.Done<Integer>) device.claim(HostId.of(host), "boot-a", NOON)).value();
    }

    @Test
    void aRangeServesAsAWholeFileAndLeavesWhatIsAroundItAlone() throws IOException {
        Path file = surrounded();
        SlotPlace place = new SlotPlace(file, OFFSET);
        DeviceHeader made = SlotDevice.create(place, SEGMENT, 2, NOON, LONG);
        try (SlotDevice device = SlotDevice.open(place, LONG);
                SlotOpener opener = new SlotOpener(place, SEGMENT, LONG)) {
            assertThat(device.header()).isEqualTo(made);
            // Both slots, so that the last block of the last one is written too.
            claim(device, "h2");
            int slot = claim(device, "h1");
            assertThat(device.renew(slot, beat(1))).isInstanceOf(Renewal.Good.class);
            for (int each = 0; each < 2; each++) {
                assertThat(device.acknowledge(each, new Acknowledgement(H1, "boot-a", 1, NOON)))
                        .isInstanceOf(Answer.Done.class);
            }
            assertThat(opener.device().read()).isEqualTo(device.read());
            assertThat(opener.device().raw().remaining()).isEqualTo(LENGTH);
        }
        othersAreWhole(file);
        assertThatThrownBy(() -> SlotDevice.open(SlotPlace.of(file), LONG))
                .as("whose offset is forgotten finds no device")
                .hasMessageContaining("no block of a slot device");
        assertThatThrownBy(() -> new SlotOpener(place, SegmentId.of("rack-2"), LONG).device())
                .hasMessage(file + " from byte 20480 on belongs to segment rack-1, not to rack-2");
    }

    @Test
    void nothingIsWrittenBesideTheSlots() throws IOException {
        Path file = surrounded();
        SlotPlace place = new SlotPlace(file, OFFSET);
        SlotDevice.create(place, SEGMENT, 2, NOON, LONG);
        try (SlotDevice device = SlotDevice.open(place, LONG)) {
            for (int slot : new int[] {-1, 2}) {
                assertThatThrownBy(() -> device.acknowledge(slot, new Acknowledgement(H1, "boot-a", 1, NOON)))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
        }
        othersAreWhole(file);
    }

    @Test
    void aRangeThatGoesBeyondTheEndIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path file = surrounded();
        byte[] before = Files.readAllBytes(file);

        assertThatThrownBy(() -> SlotDevice.create(new SlotPlace(file, OFFSET), SEGMENT, 3, NOON, LONG))
                .isInstanceOf(SlotException.class)
                .hasMessage("slot device " + file + " from byte 20480 on: its 3 slots would take 53248 bytes, and there"
                        + " are 49152");
        assertThatThrownBy(() -> SlotDevice.create(new SlotPlace(file, 1L << 40), SEGMENT, 1, NOON, LONG))
                .hasMessageContaining("and there are 0");
        assertThatThrownBy(() ->
                        SlotDevice.create(new SlotPlace(directory.resolve("none"), OFFSET), SEGMENT, 1, NOON, LONG))
                .hasMessageContaining("there is no such file");

        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(directory.resolve("none")).doesNotExist();
    }

    @Test
    void aDeviceWhoseEndWasCutOffIsRefusedWhenItIsOpened() throws IOException {
        Path file = surrounded();
        SlotPlace place = new SlotPlace(file, OFFSET);
        SlotDevice.create(place, SEGMENT, 2, NOON, LONG);
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), OFFSET + LENGTH - Blocks.SIZE));

        assertThatThrownBy(() -> SlotDevice.open(place, LONG))
                .isInstanceOf(SlotException.class)
                .hasMessageContaining("its 2 slots would take 36864 bytes, and there are 32768");

        Files.write(file, new byte[OFFSET + 100]);
        assertThatThrownBy(() -> SlotDevice.open(place, LONG))
                .hasMessageContaining("its header would take 4096 bytes, and there are 100");
    }

    /** Two ranges that overlap: the later one begins with zeros, and ends in the first one's header. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 20_000, 36_863})
    void nothingIsMadeWhereAnythingStandsWhereverItIs(int at) throws IOException {
        Path file = surrounded();
        byte[] all = Files.readAllBytes(file);
        all[OFFSET + at] = 1;
        Files.write(file, all);

        assertThatThrownBy(() -> SlotDevice.create(new SlotPlace(file, OFFSET), SEGMENT, 2, NOON, LONG))
                .isInstanceOf(SlotException.class)
                .hasMessageContaining("there is something in it already, at its byte " + at + ";")
                .hasMessageContaining("wipe its first 36864 bytes");

        assertThat(Files.readAllBytes(file)).isEqualTo(all);
    }

    /** Less than a block is something, too: a note that somebody wrote into the wrong file. */
    @Test
    void aShortFileIsNoEmptyOne() throws IOException {
        Path file = Files.writeString(directory.resolve("notes"), "do not lose this");
        assertThatThrownBy(() -> SlotDevice.create(file, SEGMENT, 2, NOON, LONG))
                .hasMessageContaining("there is something in it already, at its byte 0");
        assertThat(file).hasContent("do not lose this");
    }

    @Test
    void aDiskThatBreaksWhileItIsLookedAtIsNotWrittenTo() throws IOException {
        MemoryBlocks disk = new MemoryBlocks(LENGTH);
        disk.fault(MemoryBlocks.Fault.BROKEN);
        DeviceHeader header = new DeviceHeader(new UUID(1, 1), SEGMENT, 2, NOON);
        assertThatThrownBy(() -> SlotDevice.format("disk", disk, header)).isInstanceOf(IOException.class);
        assertThat(disk.snapshot()).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {-4096, 1, 512, 4095, (1L << 60) + 4096, Long.MAX_VALUE})
    void anOffsetIsAMultipleOfABlock(long offset) {
        assertThatThrownBy(() -> new SlotPlace(Path.of("/dev/mapper/ha"), offset))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the offset of a slot device must be a multiple of 4096 from 0 to 2^60, is " + offset);
    }

    @Test
    void aPlaceIsNamedForPeople() {
        assertThat(SlotPlace.of(Path.of("/srv/slots"))).hasToString("/srv/slots");
        assertThat(new SlotPlace(Path.of("/dev/sdb"), 1L << 60))
                .hasToString("/dev/sdb from byte 1152921504606846976 on");
    }
}
