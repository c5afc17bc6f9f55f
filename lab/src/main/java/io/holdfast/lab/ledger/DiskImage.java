package io.holdfast.lab.ledger;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.UnaryOperator;

/** The guest's view of its disk, whatever the format of the file. Read-only, and takes no lock. */
sealed interface DiskImage extends Closeable permits DiskImage.Raw, Qcow2Image {

    /** Fills {@code target} from the guest's offset on; beyond the end of the disk come zeros. */
    void read(long offset, ByteBuffer target) throws IOException;

    /**
     * Opens a file as raw or qcow2, by its first four bytes.
     *
     * @param locate turns a path as a host sees it (in a backing-file name) into one that this process can open
     */
    static DiskImage open(Path file, UnaryOperator<Path> locate) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            ByteBuffer magic = ByteBuffer.allocate(4);
            readFully(channel, 0, magic);
            return magic.getInt(0) == Qcow2Image.MAGIC ? Qcow2Image.open(file, channel, locate) : new Raw(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Reads until the buffer is full; what the file does not have stays zero. */
    static void readFully(FileChannel channel, long offset, ByteBuffer target) throws IOException {
        long at = offset;
        while (target.hasRemaining()) {
            int count = channel.read(target, at);
            if (count < 0) {
                while (target.hasRemaining()) {
                    target.put((byte) 0);
                }
                return;
            }
            at += count;
        }
    }

    /** One byte of the file is one byte of the disk. */
    record Raw(FileChannel channel) implements DiskImage {

        @Override
        public void read(long offset, ByteBuffer target) throws IOException {
            readFully(channel, offset, target);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
