package io.holdfast.slot.file;

import io.holdfast.slot.Blocks;
import io.holdfast.slot.SlotPlace;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file or block device, from some byte of it on. O_DIRECT where it is to be had: on shared storage the page cache of one machine
 * knows nothing of what another has written, and would show us a host's old heartbeat. Where it is not, {@link #pastCaches} says so.
 */
final class FileBlocks implements Blocks {

    private final FileChannel channel;
    private final boolean direct;
    private final long start;
    private final boolean grows;

    private FileBlocks(FileChannel channel, boolean direct, long start, boolean grows) {
        this.channel = channel;
        this.direct = direct;
        this.start = start;
        this.grows = grows;
    }

    static FileBlocks open(Path path) throws IOException {
        return open(SlotPlace.of(path));
    }

    static FileBlocks open(SlotPlace place) throws IOException {
        Path path = place.path();
        long start = place.offset();
        // What begins behind something else must not make room for itself: the offset may be a mistake.
        boolean grows = start == 0
                && Files.readAttributes(path, BasicFileAttributes.class).isRegularFile();
        Optional<FileChannel> opened = direct().flatMap(option -> openDirect(path, start, option));
        // A file that is not there, or not ours to open, fails here and says so.
        FileChannel channel = opened.isPresent() ? opened.get() : FileChannel.open(path, options());
        return new FileBlocks(channel, opened.isPresent(), start, grows);
    }

    private static Set<OpenOption> options(OpenOption... more) {
        Set<OpenOption> options =
                new HashSet<>(Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DSYNC));
        options.addAll(List.of(more));
        return options;
    }

    /** Empty where the file system does not take it; some take the option and refuse the access. */
    private static Optional<FileChannel> openDirect(Path path, long start, OpenOption direct) {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, options(direct));
        } catch (UnsupportedOperationException | IOException noDirect) {
            return Optional.empty();
        }
        try {
            readFully(channel, start, aligned(SIZE));
        } catch (EOFException empty) {
            return Optional.of(channel);
        } catch (IOException refused) {
            try (channel) {
                return Optional.empty();
            } catch (IOException alreadyRefused) {
                return Optional.empty();
            }
        }
        return Optional.of(channel);
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
        readFully(channel, start + offset, into);
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
        long at = start + offset;
        while (from.hasRemaining()) {
            at += channel.write(from, at);
        }
    }

    @Override
    public long room() throws IOException {
        return grows ? Long.MAX_VALUE : Math.max(0, channel.size() - start);
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
