package io.holdfast.slot.file;

import io.holdfast.slot.Blocks;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file or block device. O_DIRECT where it is to be had: on shared storage the page cache of one machine knows nothing of what
 * another has written, and would show us a host's old heartbeat. Where it is not, {@link #pastCaches} says so.
 */
final class FileBlocks implements Blocks {

    private final FileChannel channel;
    private final boolean direct;

    private FileBlocks(FileChannel channel, boolean direct) {
        this.channel = channel;
        this.direct = direct;
    }

    static FileBlocks open(Path path) throws IOException {
        Optional<OpenOption> direct = direct();
        if (direct.isPresent()) {
            Optional<FileBlocks> opened = openDirect(path, direct.get());
            if (opened.isPresent()) {
                return opened.get();
            }
        }
        // A file that is not there, or not ours to open, fails here and says so.
        return new FileBlocks(FileChannel.open(path, options()), false);
    }

    private static Set<OpenOption> options(OpenOption... more) {
        Set<OpenOption> options =
                new HashSet<>(Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DSYNC));
        options.addAll(List.of(more));
        return options;
    }

    /** Empty where the file system does not take it; some take the option and refuse the access. */
    private static Optional<FileBlocks> openDirect(Path path, OpenOption direct) {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, options(direct));
        } catch (UnsupportedOperationException | IOException noDirect) {
            return Optional.empty();
        }
        try {
            readFully(channel, 0, aligned(SIZE));
        } catch (EOFException empty) {
            return Optional.of(new FileBlocks(channel, true));
        } catch (IOException refused) {
            try (channel) {
                return Optional.empty();
            } catch (IOException alreadyRefused) {
                return Optional.empty();
            }
        }
        return Optional.of(new FileBlocks(channel, true));
    }

    /** The JDK's own option, which is none of the standard's, and may be missing in another JDK. */
    private static Optional<OpenOption> direct() {
        try {
            Object[] options =
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
            return Arrays.stream(options)
                    .map(OpenOption.class::cast)
                    .filter(option -> option.toString().equals("DIRECT"))
                    .findFirst();
        } catch (ClassNotFoundException anotherJdk) {
            return Optional.empty();
        }
    }

    /**
     * A buffer that O_DIRECT takes. Its capacity is its size and no more: memory that happens to lie on a boundary gives a slice that
     * is longer by a block, and {@link ByteBuffer#clear()} goes to the capacity, not to the limit.
     */
    static ByteBuffer aligned(int size) {
        return ByteBuffer.allocateDirect(size + SIZE).alignedSlice(SIZE).slice(0, size);
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        readFully(channel, offset, into);
    }

    private static void readFully(FileChannel channel, long offset, ByteBuffer into) throws IOException {
        long at = offset;
        while (into.hasRemaining()) {
            int count = channel.read(into, at);
            if (count < 0) {
                throw new EOFException("the device ends at " + at);
            }
            at += count;
        }
    }

    @Override
    public void write(long offset, ByteBuffer from) throws IOException {
        long at = offset;
        while (from.hasRemaining()) {
            at += channel.write(from, at);
        }
    }

    @Override
    public boolean pastCaches() {
        return direct;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
