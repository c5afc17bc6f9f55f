package io.holdfast.lab.ledger;

import io.holdfast.lab.ledger.Ledger.Beat;
import io.holdfast.lab.ledger.Ledger.Boot;
import io.holdfast.lab.ledger.Ledger.SplitBrain;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The bytes of version 1, as the package documentation describes them. Pure. */
public final class LedgerFormat {

    public static final int SECTOR_BYTES = 512;
    /** Smallest disk that holds the whole ledger, rounded up. */
    public static final int DISK_BYTES = 1024 * 1024;

    static final int HEADER = 1;
    static final int CURRENT = 2;
    static final int SPLIT = 3;
    /** Where the boot-sector guest's code goes on after LBA 0. */
    public static final int CODE = 4;

    static final int CODE_SECTORS = 4;
    static final int BOOTS = 64;
    static final int BOOTS_SIZE = 64;
    static final int RING = 128;
    static final int RING_SIZE = 1024;
    static final int SECTORS = RING + RING_SIZE;

    static final int BEAT = 0x54414542;
    static final int BOOT = 0x544f4f42;
    static final int SPLT = 0x544c5053;

    private static final byte[] MAGIC = "HFLEDGER".getBytes(StandardCharsets.US_ASCII);
    private static final int NAME_OFFSET = 64;
    private static final int NAME_BYTES = 64;

    private LedgerFormat() {}

    /**
     * An empty ledger with a header.
     *
     * @param ticksPerBeat BIOS ticks of 55 ms between beats, 1 to 100; only the boot-sector guest reads it
     * @param code of the boot-sector guest: 512 bytes for LBA 0 and up to 2048 more for LBA 4; or none
     */
    public static byte[] blank(String name, int ticksPerBeat, byte[] code) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        if (text.length > NAME_BYTES) {
            throw new IllegalArgumentException("a ledger's name has at most " + NAME_BYTES + " bytes: " + name);
        }
        if (ticksPerBeat < 1 || ticksPerBeat > 100) {
            throw new IllegalArgumentException("ticks per beat must be between 1 and 100, not " + ticksPerBeat);
        }
        if (code.length > (1 + CODE_SECTORS) * SECTOR_BYTES) {
            throw new IllegalArgumentException("the guest's code is too long: " + code.length + " bytes");
        }
        ByteBuffer disk = ByteBuffer.allocate(DISK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        disk.put(0, code, 0, Math.min(code.length, SECTOR_BYTES));
        if (code.length > SECTOR_BYTES) {
            disk.put(CODE * SECTOR_BYTES, code, SECTOR_BYTES, code.length - SECTOR_BYTES);
        }
        int header = HEADER * SECTOR_BYTES;
        disk.put(header, MAGIC);
        disk.putShort(header + 8, (short) 1);
        disk.putShort(header + 10, (short) ticksPerBeat);
        disk.put(header + NAME_OFFSET, text);
        return disk.array();
    }

    /** The name in a header sector, or empty when this is no ledger of version 1. */
    static Optional<String> name(ByteBuffer sector) {
        byte[] magic = new byte[MAGIC.length];
        sector.get(0, magic);
        if (!java.util.Arrays.equals(magic, MAGIC) || sector.getShort(8) != 1) {
            return Optional.empty();
        }
        byte[] text = new byte[NAME_BYTES];
        sector.get(NAME_OFFSET, text);
        int length = 0;
        while (length < NAME_BYTES && text[length] != 0) {
            length++;
        }
        return Optional.of(new String(text, 0, length, StandardCharsets.UTF_8));
    }

    /** A sector read as a record. */
    sealed interface Sector {
        /** Never written. */
        record Empty() implements Sector {}

        /** Half of one write and half of another: read again. */
        record Torn() implements Sector {}

        record OfBeat(Beat beat) implements Sector {}

        record OfBoot(Boot boot) implements Sector {}

        record OfSplit(SplitBrain splitBrain) implements Sector {}
    }

    static Sector decode(ByteBuffer sector) {
        int magic = sector.getInt(0);
        long count = Integer.toUnsignedLong(sector.getInt(4));
        long bootId = sector.getLong(8);
        long sequence = sector.getLong(16);
        long trailer = sector.getLong(504);
        if (magic == 0 && bootId == 0 && trailer == 0) {
            return new Sector.Empty();
        }
        if (trailer != trailer(magic, bootId, sequence)) {
            return new Sector.Torn();
        }
        return switch (magic) {
            case BEAT -> new Sector.OfBeat(new Beat(bootId, count, sequence));
            case BOOT -> new Sector.OfBoot(new Boot(bootId, count, sector.getLong(24)));
            case SPLT ->
                new Sector.OfSplit(new SplitBrain(
                        bootId,
                        sequence,
                        sector.getLong(32),
                        sector.getLong(40),
                        Integer.toUnsignedLong(sector.getInt(48))));
            default -> new Sector.Torn();
        };
    }

    static long trailer(int magic, long bootId, long sequence) {
        return bootId ^ sequence ^ (Integer.toUnsignedLong(magic) << 32);
    }
}
