package io.holdfast.slot.core;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * One block, as bytes and back.
 *
 * <pre>
 *    0  8  magic                          40  4  length of what it says
 *    8  2  version of the format          44  4  CRC-32C of the whole block, with zeros here
 *   10  2  kind of block                  48     what it says
 *   12  4  slot, -1 in the header            …   zeros
 *   16 16  identity of the device       4088  8  sequence again
 *   32  8  sequence
 * </pre>
 *
 * Big-endian. The checksum covers every byte, so that any mixture of an old and a new block is noticed, whichever of its sectors
 * reached the storage; the sequence at both ends is a second look at the commonest tear. Kind, slot and device are in every block,
 * because storage also fails by putting the right bytes in the wrong place.
 */
public final class BlockFormat {

    public static final int SIZE = 4096;
    public static final int VERSION = 1;
    /** The slot number in a header. */
    public static final int NO_SLOT = -1;
    /** What fits into one block. */
    public static final int PAYLOAD_MAX = SIZE - 48 - 8;

    private static final long MAGIC = 0x48_4f_4c_44_53_4c_4f_54L; // "HOLDSLOT"
    private static final int CRC_AT = 44;
    private static final int PAYLOAD_AT = 48;
    private static final int TAIL_AT = SIZE - 8;

    /** What a block is for. */
    public enum Kind {
        HEADER(1),
        CLAIM(2),
        HEARTBEAT(3),
        PILL(4),
        ACKNOWLEDGEMENT(5);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** Its place among the blocks of a slot, from 0. */
        int place() {
            return code - 2;
        }
    }

    /** What the bytes are. */
    public sealed interface Decoded {
        /** @param payload empty for a block that says nothing */
        @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
        record Intact(UUID device, long sequence, byte[] payload) implements Decoded {}

        /** A block of ours that is not whole, or not in its place. */
        record Damaged(String reason) implements Decoded {}

        /** Not ours, or of a format that this program does not know. Must not be written. */
        record Foreign(String reason) implements Decoded {}
    }

    private BlockFormat() {}

    public static byte[] encode(Kind kind, UUID device, int slot, long sequence, byte[] payload) {
        if (payload.length > PAYLOAD_MAX) {
            throw new IllegalArgumentException("a block holds " + PAYLOAD_MAX + " bytes, not " + payload.length);
        }
        ByteBuffer block = ByteBuffer.allocate(SIZE);
        block.putLong(MAGIC).putShort((short) VERSION).putShort((short) kind.code);
        block.putInt(slot);
        block.putLong(device.getMostSignificantBits()).putLong(device.getLeastSignificantBits());
        block.putLong(sequence).putInt(payload.length);
        block.position(PAYLOAD_AT).put(payload);
        block.putLong(TAIL_AT, sequence);
        block.putInt(CRC_AT, checksum(block.array()));
        return block.array();
    }

    /**
     * Reads a block of which is known what it has to be.
     *
     * @param bytes {@link #SIZE} of them
     */
    public static Decoded decode(byte[] bytes, Kind kind, int slot) {
        ByteBuffer block = ByteBuffer.wrap(bytes);
        if (bytes.length != SIZE) {
            throw new IllegalArgumentException("a block has " + SIZE + " bytes, not " + bytes.length);
        }
        if (block.getLong(0) != MAGIC) {
            return new Decoded.Foreign("this is no block of a slot device");
        }
        int version = Short.toUnsignedInt(block.getShort(8));
        if (version != VERSION) {
            return new Decoded.Foreign("format " + version + ", and this program knows " + VERSION);
        }
        if (block.getInt(CRC_AT) != checksum(bytes)) {
            return new Decoded.Damaged("the checksum does not fit: half written, or damaged");
        }
        long sequence = block.getLong(32);
        int length = block.getInt(40);
        if (sequence != block.getLong(TAIL_AT) || length < 0 || length > PAYLOAD_MAX) {
            return new Decoded.Damaged("the two ends do not belong together");
        }
        if (block.getShort(10) != kind.code || block.getInt(12) != slot) {
            return new Decoded.Damaged("this block belongs elsewhere");
        }
        UUID device = new UUID(block.getLong(16), block.getLong(24));
        return new Decoded.Intact(device, sequence, Arrays.copyOfRange(bytes, PAYLOAD_AT, PAYLOAD_AT + length));
    }

    private static int checksum(byte[] block) {
        CRC32C sum = new CRC32C();
        sum.update(block, 0, CRC_AT);
        sum.update(new byte[4]);
        sum.update(block, CRC_AT + 4, SIZE - CRC_AT - 4);
        return (int) sum.getValue();
    }
}
