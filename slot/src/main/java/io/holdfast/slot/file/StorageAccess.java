package io.holdfast.slot.file;

import io.holdfast.slot.Blocks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One write and one read of a small file on storage that hosts share, by the same way as a slot: past the caches, and on the
 * storage when the write returns.
 *
 * <p>It opens the file anew each time: a storage that has forgotten its clients answers for files that are open, or does not, and for
 * others the other way round. It blocks for as long as the storage does; whoever calls bounds that, and has one thread for it.
 */
public final class StorageAccess {

    private final Path file;
    private final Opening opening;
    private long sequence;

    /** @param file nobody else's; made when it is not there, in a directory that is */
    public StorageAccess(Path file) {
        this(file, StorageAccess::opened);
    }

    StorageAccess(Path file, Opening opening) {
        this.file = file;
        this.opening = opening;
    }

    /** @param pastCaches whether both went past the page cache */
    public record Times(Duration write, Duration read, boolean pastCaches) {}

    @FunctionalInterface
    interface Opening {
        Blocks open(Path file) throws IOException;
    }

    /** @throws IOException when it cannot be done, or what is read is not what was written */
    public Times once() throws IOException {
        try (Blocks blocks = opening.open(file)) {
            ByteBuffer written = FileBlocks.aligned(Blocks.SIZE);
            written.put(
                    ("holdfast health " + ++sequence + " at " + System.nanoTime()).getBytes(StandardCharsets.US_ASCII));
            written.clear();
            long beganNanos = System.nanoTime();
            blocks.write(0, written);
            long writtenNanos = System.nanoTime();
            ByteBuffer read = FileBlocks.aligned(Blocks.SIZE);
            blocks.read(0, read);
            long readNanos = System.nanoTime();
            if (!read.clear().equals(written.clear())) {
                throw new IOException("read back something else than was written to " + file
                        + "; if the storage is sound, another agent with this host's name writes there");
            }
            return new Times(
                    Duration.ofNanos(writtenNanos - beganNanos),
                    Duration.ofNanos(readNanos - writtenNanos),
                    blocks.pastCaches());
        }
    }

    private static Blocks opened(Path file) throws IOException {
        if (Files.notExists(file)) {
            try {
                Files.createFile(file);
            } catch (FileAlreadyExistsException race) {
                // Whoever made it, it is there.
            }
        }
        return FileBlocks.open(file);
    }
}
