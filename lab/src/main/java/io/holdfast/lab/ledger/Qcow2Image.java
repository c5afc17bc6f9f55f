package io.holdfast.lab.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A qcow2 image, versions 2 and 3, with its backing file: the part of the format that instance disks of the lab use.
 *
 * <p>QEMU may be writing to the image meanwhile. A cluster, once allocated, stays where it is (the lab takes no internal
 * snapshots and discards nothing), so its place is remembered; a cluster that is not allocated is looked up each time,
 * because the guest's next write may allocate it. That makes a warm poll one {@code pread}.
 *
 * <p>Source: <a href="https://www.qemu.org/docs/master/interop/qcow2.html">QEMU, qcow2 interoperability</a>.
 */
final class Qcow2Image implements DiskImage {

    static final int MAGIC = 0x514649fb;

    private static final int HEADER_BYTES = 104;
    /** Dirty, corrupt: states, not formats. Everything else changes how clusters are found or read. */
    private static final long HARMLESS_FEATURES = 0b11;

    private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;
    private static final long COMPRESSED = 1L << 62;
    private static final long READS_AS_ZERO = 1L;
    private static final int BACKING_NAME_BYTES_MAX = 1023;

    private final Path file;
    private final FileChannel channel;
    private final @Nullable DiskImage backing;
    private final int clusterBits;
    private final long sizeBytes;
    private final long l1Offset;
    private final long l1Entries;
    /** Guest cluster to offset in the file; only clusters that are allocated. */
    private final Map<Long, Long> places = new HashMap<>();

    private Qcow2Image(
            Path file,
            FileChannel channel,
            @Nullable DiskImage backing,
            int clusterBits,
            long sizeBytes,
            long l1Offset,
            long l1Entries) {
        this.file = file;
        this.channel = channel;
        this.backing = backing;
        this.clusterBits = clusterBits;
        this.sizeBytes = sizeBytes;
        this.l1Offset = l1Offset;
        this.l1Entries = l1Entries;
    }

    static Qcow2Image open(Path file, FileChannel channel, UnaryOperator<Path> locate) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        DiskImage.readFully(channel, 0, header);
        int version = header.getInt(4);
        if (version != 2 && version != 3) {
            throw new IOException(file + " is qcow2 version " + version + "; only 2 and 3 can be read");
        }
        int clusterBits = header.getInt(20);
        if (clusterBits < 9 || clusterBits > 21) {
            throw new IOException(file + " is damaged: clusters of 2^" + clusterBits + " bytes");
        }
        if (header.getInt(32) != 0) {
            throw new IOException(file + " is encrypted; a ledger cannot be read from it");
        }
        long features = version == 3 ? header.getLong(72) & ~HARMLESS_FEATURES : 0;
        if (features != 0) {
            throw new IOException(file + " uses qcow2 features that cannot be read here (incompatible features 0x"
                    + Long.toHexString(features) + ": external data, other compression or extended L2)");
        }
        long backingOffset = header.getLong(8);
        int backingLength = header.getInt(16);
        @Nullable DiskImage backing = null;
        if (backingOffset != 0) {
            if (backingLength <= 0 || backingLength > BACKING_NAME_BYTES_MAX) {
                throw new IOException(file + " is damaged: backing file name of " + backingLength + " bytes");
            }
            ByteBuffer name = ByteBuffer.allocate(backingLength);
            DiskImage.readFully(channel, backingOffset, name);
            Path named = Path.of(new String(name.array(), StandardCharsets.UTF_8));
            backing = DiskImage.open(locate.apply(file.resolveSibling(named)), locate);
        }
        return new Qcow2Image(
                file,
                channel,
                backing,
                clusterBits,
                header.getLong(24),
                header.getLong(40),
                Integer.toUnsignedLong(header.getInt(36)));
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        long clusterBytes = 1L << clusterBits;
        long at = offset;
        int end = target.limit();
        while (target.position() < end) {
            long within = at & (clusterBytes - 1);
            int count = (int) Math.min(end - target.position(), clusterBytes - within);
            target.limit(target.position() + count);
            readWithinCluster(at, within, target);
            target.limit(end);
            at += count;
        }
    }

    private void readWithinCluster(long offset, long within, ByteBuffer target) throws IOException {
        long cluster = offset >>> clusterBits;
        Long known = places.get(cluster);
        if (known != null) {
            DiskImage.readFully(channel, known + within, target);
            return;
        }
        long entry = offset < sizeBytes ? entry(cluster) : 0;
        if ((entry & COMPRESSED) != 0) {
            throw new IOException(file + " has compressed clusters; a ledger cannot be read from it");
        }
        long place = entry & OFFSET_MASK;
        if (place != 0 && (entry & READS_AS_ZERO) == 0) {
            places.put(cluster, place);
            DiskImage.readFully(channel, place + within, target);
        } else if (backing != null && (entry & READS_AS_ZERO) == 0 && offset < sizeBytes) {
            backing.read(offset, target);
        } else {
            while (target.hasRemaining()) {
                target.put((byte) 0);
            }
        }
    }

    private long entry(long cluster) throws IOException {
        int l2Bits = clusterBits - 3;
        long l1Index = cluster >>> l2Bits;
        if (l1Index >= l1Entries) {
            return 0;
        }
        long l2 = number(l1Offset + l1Index * Long.BYTES) & OFFSET_MASK;
        return l2 == 0 ? 0 : number(l2 + (cluster & ((1L << l2Bits) - 1)) * Long.BYTES);
    }

    private long number(long offset) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES);
        DiskImage.readFully(channel, offset, buffer);
        return buffer.getLong(0);
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            if (backing != null) {
                backing.close();
            }
        }
    }
}
