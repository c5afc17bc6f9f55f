package io.holdfast.compute.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the first bytes of a disk image say of it.
 *
 * <p>A file that is taken for raw although it is something else would let whoever made it name any file of the host in its header; so
 * whatever is known to be something else is told apart. The header of qcow2 is laid down in QEMU's {@code docs/interop/qcow2.rst}.
 *
 * @param format what it is; {@code raw} when it is nothing that we know
 * @param virtualBytes size of the disk that a guest sees; -1 where the header does not say so
 * @param objection why no guest may be given it, or null
 */
public record DiskHeader(
        String format, long virtualBytes, @Nullable String objection) {

    /** So many of the first bytes are looked at; fewer when the file is shorter. */
    public static final int BYTES = 512;

    private static final int QCOW2_MAGIC = 0x514649fb;
    private static final int QCOW2_HEADER_V2 = 72;
    private static final int QCOW2_HEADER_V3 = 80;
    private static final int BACKING_FILE_OFFSET_AT = 8;
    private static final int SIZE_AT = 24;
    private static final int ENCRYPTION_AT = 32;
    private static final int INCOMPATIBLE_FEATURES_AT = 72;
    private static final long CORRUPT = 0b10;
    private static final long EXTERNAL_DATA_FILE = 0b100;
    private static final long KNOWN_FEATURES = 0b11111;

    private static final int VDI_MAGIC_AT = 64;
    private static final int VDI_MAGIC = 0x7f10dabe;

    /** @param first the first {@link #BYTES} of the file, or all of a shorter one */
    public static DiskHeader read(byte[] first) {
        ByteBuffer header = ByteBuffer.wrap(first);
        if (header.remaining() >= Integer.BYTES && header.getInt(0) == QCOW2_MAGIC) {
            return qcow2(header);
        }
        return foreign(header)
                .map(format -> new DiskHeader(format, -1, "is " + format + ", which is not supported"))
                .orElse(new DiskHeader("raw", -1, null));
    }

    private static DiskHeader qcow2(ByteBuffer header) {
        int version = header.remaining() >= 2 * Integer.BYTES ? header.getInt(Integer.BYTES) : 0;
        if (header.remaining() < (version >= 3 ? QCOW2_HEADER_V3 : QCOW2_HEADER_V2)) {
            return new DiskHeader("qcow2", -1, "ends within its header");
        }
        return new DiskHeader("qcow2", header.getLong(SIZE_AT), objection(header, version));
    }

    private static @Nullable String objection(ByteBuffer header, int version) {
        if (version != 2 && version != 3) {
            return "is qcow2 of version " + version + ", of which only 2 and 3 are known";
        }
        if (header.getLong(BACKING_FILE_OFFSET_AT) != 0) {
            // It can be any file of the host, and its content would become the guest's.
            return "refers to another file that lies under it";
        }
        if (header.getInt(ENCRYPTION_AT) != 0) {
            return "is encrypted";
        }
        if (header.getLong(SIZE_AT) < 0) {
            return "has a size that is negative";
        }
        long features = version == 2 ? 0 : header.getLong(INCOMPATIBLE_FEATURES_AT);
        if ((features & EXTERNAL_DATA_FILE) != 0) {
            return "refers to another file that has its data";
        }
        if ((features & CORRUPT) != 0) {
            return "is marked as corrupt";
        }
        return (features & ~KNOWN_FEATURES) == 0 ? null : "has features that are not known";
    }

    private static Optional<String> foreign(ByteBuffer header) {
        if (begins(header, "KDMV") || begins(header, "COWD") || begins(header, "# Disk DescriptorFile")) {
            return Optional.of("vmdk");
        }
        if (begins(header, "conectix")) {
            return Optional.of("vhd");
        }
        if (begins(header, "vhdxfile")) {
            return Optional.of("vhdx");
        }
        if (begins(header, "QED\0")) {
            return Optional.of("qed");
        }
        boolean vdi = header.remaining() >= VDI_MAGIC_AT + Integer.BYTES
                && Integer.reverseBytes(header.getInt(VDI_MAGIC_AT)) == VDI_MAGIC;
        return vdi ? Optional.of("vdi") : Optional.empty();
    }

    private static boolean begins(ByteBuffer header, String magic) {
        byte[] wanted = magic.getBytes(StandardCharsets.US_ASCII);
        return header.remaining() >= wanted.length
                && header.slice(0, wanted.length).equals(ByteBuffer.wrap(wanted));
    }
}
