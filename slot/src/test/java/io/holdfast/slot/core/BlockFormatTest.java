package io.holdfast.slot.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceHeader;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.core.BlockFormat.Decoded;
import io.holdfast.slot.core.BlockFormat.Kind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A block is what was written, or it is nothing: whatever the storage has made of it on the way. */
final class BlockFormatTest {

    private static final UUID DEVICE = new UUID(1, 2);
    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");

    private static Heartbeat beat(long number) {
        return new Heartbeat(
                HostId.of("h1"),
                "boot-a",
                "session-a",
                number,
                NOON.plusSeconds(number),
                Duration.ofSeconds(number),
                Duration.ofMillis(500),
                new SelfFenceTerms("/dev/watchdog", Duration.ofSeconds(3), Duration.ofSeconds(2), DEVICE));
    }

    private static byte[] block(long sequence) {
        return SlotFormat.heartbeat(DEVICE, 3, sequence, beat(sequence));
    }

    private static Decoded decode(byte[] block) {
        return BlockFormat.decode(block, Kind.HEARTBEAT, 3);
    }

    /** The oracle: the very bytes of one of the two writes, or nothing at all. */
    private static void isOneOf(byte[] found, byte[] before, byte[] after) {
        boolean whole = Arrays.equals(found, before) || Arrays.equals(found, after);
        assertThat(decode(found) instanceof Decoded.Intact).isEqualTo(whole);
    }

    @Property
    void aWriteOfWhichOnlyABeginningArrivedIsOldOrNewOrNothing(
            @ForAll @IntRange(max = 4096) int arrived, @ForAll @IntRange(min = 1, max = 1_000_000) int sequence) {
        byte[] before = block(sequence);
        byte[] after = block(sequence + 1L);
        byte[] found = before.clone();
        System.arraycopy(after, 0, found, 0, arrived);
        isOneOf(found, before, after);
    }

    @Property
    void sectorsThatArrivedInAnyOrderAreOldOrNewOrNothing(@ForAll @Size(8) boolean[] arrived) {
        // Long words, so that more than the first sector differs.
        byte[] before = BlockFormat.encode(Kind.HEARTBEAT, DEVICE, 3, 7, filled(1));
        byte[] after = BlockFormat.encode(Kind.HEARTBEAT, DEVICE, 3, 8, filled(2));
        byte[] found = before.clone();
        for (int sector = 0; sector < 8; sector++) {
            if (arrived[sector]) {
                System.arraycopy(after, sector * 512, found, sector * 512, 512);
            }
        }
        isOneOf(found, before, after);
    }

    @Property
    void sectorsOfOneBlockInAnotherOrderAreNothing(
            @ForAll @IntRange(max = 7) int one, @ForAll @IntRange(max = 7) int other) {
        byte[] payload = new byte[BlockFormat.PAYLOAD_MAX];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) (i / 512 + i);
        }
        byte[] before = BlockFormat.encode(Kind.HEARTBEAT, DEVICE, 3, 7, payload);
        byte[] found = before.clone();
        System.arraycopy(before, one * 512, found, other * 512, 512);
        System.arraycopy(before, other * 512, found, one * 512, 512);
        isOneOf(found, before, before);
    }

    private static byte[] filled(int with) {
        byte[] payload = new byte[BlockFormat.PAYLOAD_MAX];
        Arrays.fill(payload, (byte) with);
        return payload;
    }

    @Property
    void aByteThatChangedIsNoticedWhereverItStands(
            @ForAll @IntRange(max = 4095) int at, @ForAll @IntRange(min = 1, max = 255) int by) {
        byte[] found = block(5);
        found[at] ^= (byte) by;
        assertThat(decode(found)).isNotInstanceOf(Decoded.Intact.class);
    }

    @Property
    void anythingAtAllIsRead(@ForAll @Size(4096) byte[] any) {
        Assume.that(any[0] != 'H');
        assertThat(decode(any)).isInstanceOf(Decoded.Foreign.class);
    }

    @Property
    void wordsThatMakeNoSenseAreUnreadableAndNoFailure(@ForAll @Size(max = 200) byte[] words) {
        Assume.that(words.length > 0);
        byte[] claim = SlotFormat.empty(DEVICE, 0, Kind.CLAIM, 0);
        byte[] four = ByteBuffer.allocate(4 * BlockFormat.SIZE)
                .put(claim)
                .put(BlockFormat.encode(Kind.HEARTBEAT, DEVICE, 0, 1, words))
                .put(BlockFormat.encode(Kind.PILL, DEVICE, 0, 1, words))
                .put(BlockFormat.encode(Kind.ACKNOWLEDGEMENT, DEVICE, 0, 1, words))
                .array();
        SlotReading read = SlotFormat.slot(DEVICE, 0, four);
        assertThat(read.heartbeat()).isInstanceOf(Content.Unreadable.class);
        assertThat(read.claim()).isEqualTo(new Content.Empty<>(0));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aBlockInTheWrongPlaceIsNothing(Kind kind) {
        byte[] elsewhere = BlockFormat.encode(kind, DEVICE, 4, 1, new byte[1]);
        assertThat(decode(elsewhere)).isInstanceOf(Decoded.Damaged.class);
        byte[] otherKind = BlockFormat.encode(kind, DEVICE, 3, 1, new byte[1]);
        assertThat(decode(otherKind) instanceof Decoded.Intact).isEqualTo(kind == Kind.HEARTBEAT);
    }

    @Test
    void aNewerFormatIsRefusedByNumber() {
        byte[] newer = block(1);
        newer[9] = 2;
        assertThat(decode(newer)).isEqualTo(new Decoded.Foreign("format 2, and this program knows 1"));
    }

    @Test
    void zerosAreNothingAndNotAnEmptySlot() {
        assertThat(decode(new byte[BlockFormat.SIZE])).isInstanceOf(Decoded.Foreign.class);
    }

    @Test
    void everyKindOfWordComesBackAsItWasWritten() {
        Claim claim = new Claim(HostId.of("h1"), "boot-a", NOON);
        Pill pill = new Pill(
                HostId.of("h1"),
                "boot-a",
                CaseId.of(new UUID(3, 4)),
                LeaderEpoch.of(9),
                "controller-1",
                "ü".repeat(300),
                NOON);
        Acknowledgement word = new Acknowledgement(HostId.of("h1"), "boot-a", 12, NOON);
        byte[] four = ByteBuffer.allocate(4 * BlockFormat.SIZE)
                .put(SlotFormat.claim(DEVICE, 3, 1, claim))
                .put(block(2))
                .put(SlotFormat.pill(DEVICE, 3, 3, pill))
                .put(SlotFormat.acknowledgement(DEVICE, 3, 4, word))
                .array();
        assertThat(SlotFormat.slot(DEVICE, 3, four))
                .isEqualTo(new SlotReading(
                        3,
                        new Content.Written<>(1, claim),
                        new Content.Written<>(2, beat(2)),
                        new Content.Written<>(3, pill),
                        new Content.Written<>(4, word)));
        SlotReading elsewhere = SlotFormat.slot(new UUID(8, 8), 3, four);
        assertThat(elsewhere.heartbeat())
                .isEqualTo(new Content.Unreadable<>("this block belongs to slot device " + DEVICE));
        DeviceHeader header = new DeviceHeader(DEVICE, SegmentId.of("rack-1"), 128, NOON);
        assertThat(SlotFormat.header(SlotFormat.header(header))).isEqualTo(new Content.Written<>(1, header));
    }

    @Test
    void slotsDoNotOverlap() {
        assertThat(SlotFormat.offset(0, Kind.CLAIM)).isEqualTo(4096);
        assertThat(SlotFormat.offset(0, Kind.ACKNOWLEDGEMENT)).isEqualTo(4 * 4096);
        assertThat(SlotFormat.offset(1, Kind.CLAIM)).isEqualTo(5 * 4096);
        assertThat(SlotFormat.size(128)).isEqualTo(4096 + 128 * 4 * 4096);
    }
}
