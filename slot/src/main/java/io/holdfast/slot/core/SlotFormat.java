package io.holdfast.slot.core;

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
import java.nio.BufferUnderflowException;
import java.time.DateTimeException;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What stands in which block, and where the blocks are: the header first, then four for each slot, in the order of {@link Kind}.
 */
public final class SlotFormat {

    /** Blocks of one slot. */
    public static final int BLOCKS_PER_SLOT = 4;

    private SlotFormat() {}

    /** Bytes that a device with so many slots takes. */
    public static long size(int slots) {
        return offset(slots, Kind.CLAIM);
    }

    /** Where that block of that slot begins. */
    public static long offset(int slot, Kind kind) {
        if (kind == Kind.HEADER) {
            return 0;
        }
        return BlockFormat.SIZE * (1L + (long) slot * BLOCKS_PER_SLOT + kind.place());
    }

    public static byte[] header(DeviceHeader header) {
        byte[] payload = Payload.empty()
                .put(header.segment().value())
                .put(header.slots())
                .put(header.createdAt())
                .toBytes();
        return BlockFormat.encode(Kind.HEADER, header.id(), BlockFormat.NO_SLOT, 1, payload);
    }

    /** The header, or why this is none: {@link Content.Unreadable}. */
    public static Content<DeviceHeader> header(byte[] block) {
        return switch (BlockFormat.decode(block, Kind.HEADER, BlockFormat.NO_SLOT)) {
            case Decoded.Foreign foreign -> new Content.Unreadable<>(foreign.reason());
            case Decoded.Damaged damaged -> new Content.Unreadable<>("its header: " + damaged.reason());
            case Decoded.Intact intact ->
                parsed(
                        intact,
                        bytes -> new DeviceHeader(
                                intact.device(),
                                SegmentId.of(bytes.text()),
                                Math.toIntExact(bytes.number()),
                                bytes.moment()));
        };
    }

    /** A block of that kind that says nothing. */
    public static byte[] empty(UUID device, int slot, Kind kind, long sequence) {
        return BlockFormat.encode(kind, device, slot, sequence, new byte[0]);
    }

    public static byte[] claim(UUID device, int slot, long sequence, Claim claim) {
        byte[] payload = Payload.empty()
                .put(claim.host().value())
                .put(claim.bootId())
                .put(claim.claimedAt())
                .toBytes();
        return BlockFormat.encode(Kind.CLAIM, device, slot, sequence, payload);
    }

    public static byte[] heartbeat(UUID device, int slot, long sequence, Heartbeat beat) {
        SelfFenceTerms terms = beat.terms();
        byte[] payload = Payload.empty()
                .put(beat.host().value())
                .put(beat.bootId())
                .put(beat.session())
                .put(beat.beat())
                .put(beat.writtenAt())
                .put(beat.uptime())
                .put(beat.interval())
                .put(terms == null ? "" : terms.toString())
                .toBytes();
        return BlockFormat.encode(Kind.HEARTBEAT, device, slot, sequence, payload);
    }

    public static byte[] pill(UUID device, int slot, long sequence, Pill pill) {
        CaseId caseId = pill.caseId();
        byte[] payload = Payload.empty()
                .put(pill.host().value())
                .put(pill.bootId())
                .put(caseId == null ? "" : caseId.toString())
                .put(pill.leader().value())
                .put(pill.by())
                .put(pill.reason())
                .put(pill.writtenAt())
                .toBytes();
        return BlockFormat.encode(Kind.PILL, device, slot, sequence, payload);
    }

    public static byte[] acknowledgement(UUID device, int slot, long sequence, Acknowledgement word) {
        byte[] payload = Payload.empty()
                .put(word.host().value())
                .put(word.bootId())
                .put(word.pill())
                .put(word.writtenAt())
                .toBytes();
        return BlockFormat.encode(Kind.ACKNOWLEDGEMENT, device, slot, sequence, payload);
    }

    /**
     * Reads a slot from its blocks.
     *
     * @param bytes all four, one after the other
     */
    public static SlotReading slot(UUID device, int slot, byte[] bytes) {
        return new SlotReading(
                slot,
                content(device, slot, Kind.CLAIM, bytes, SlotFormat::claim),
                content(device, slot, Kind.HEARTBEAT, bytes, SlotFormat::heartbeat),
                content(device, slot, Kind.PILL, bytes, SlotFormat::pill),
                content(device, slot, Kind.ACKNOWLEDGEMENT, bytes, SlotFormat::acknowledgement));
    }

    private static Claim claim(Payload bytes) {
        return new Claim(HostId.of(bytes.text()), bytes.text(), bytes.moment());
    }

    private static Heartbeat heartbeat(Payload bytes) {
        HostId host = HostId.of(bytes.text());
        String bootId = bytes.text();
        String session = bytes.text();
        return new Heartbeat(
                host,
                bootId,
                session,
                bytes.number(),
                bytes.moment(),
                bytes.duration(),
                bytes.duration(),
                terms(bytes.text()));
    }

    private static @Nullable SelfFenceTerms terms(String text) {
        return text.isEmpty() ? null : SelfFenceTerms.parse(text);
    }

    private static Pill pill(Payload bytes) {
        HostId host = HostId.of(bytes.text());
        String bootId = bytes.text();
        String caseId = bytes.text();
        return new Pill(
                host,
                bootId,
                caseId.isEmpty() ? null : CaseId.parse(caseId),
                LeaderEpoch.of(bytes.number()),
                bytes.text(),
                bytes.text(),
                bytes.moment());
    }

    private static Acknowledgement acknowledgement(Payload bytes) {
        return new Acknowledgement(HostId.of(bytes.text()), bytes.text(), bytes.number(), bytes.moment());
    }

    private static <T> Content<T> content(
            UUID device, int slot, Kind kind, byte[] bytes, Function<Payload, T> reading) {
        int from = kind.place() * BlockFormat.SIZE;
        byte[] block = Arrays.copyOfRange(bytes, from, from + BlockFormat.SIZE);
        return switch (BlockFormat.decode(block, kind, slot)) {
            case Decoded.Foreign foreign -> new Content.Unreadable<>(foreign.reason());
            case Decoded.Damaged damaged -> new Content.Unreadable<>(damaged.reason());
            case Decoded.Intact intact
            when !intact.device().equals(device) ->
                new Content.Unreadable<>("this block belongs to slot device " + intact.device());
            case Decoded.Intact intact -> parsed(intact, reading);
        };
    }

    /** An intact block whose words make no sense is a defect of whoever wrote it; it is no fact either. */
    private static <T> Content<T> parsed(Decoded.Intact intact, Function<Payload, T> reading) {
        if (intact.payload().length == 0) {
            return new Content.Empty<>(intact.sequence());
        }
        try {
            return new Content.Written<>(intact.sequence(), reading.apply(Payload.of(intact.payload())));
        } catch (IllegalArgumentException | BufferUnderflowException | ArithmeticException | DateTimeException e) {
            return new Content.Unreadable<>("what it says cannot be read: " + e.getMessage());
        }
    }
}
