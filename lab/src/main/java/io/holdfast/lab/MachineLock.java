package io.holdfast.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One {@code up} or {@code down} at a time on this machine. The kernel releases it when its holder dies. The lock file
 * lives under the mark and is removed with it, so after taking it we look whether it is still the one with the name.
 */
final class MachineLock implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MachineLock.class);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private FileChannel channel;

    private MachineLock(FileChannel channel) {
        this.channel = channel;
    }

    static MachineLock take() throws IOException {
        return new MachineLock(acquire());
    }

    /** After a tear-down the mark is gone; what follows needs it again, under the same exclusion. */
    void renew() throws IOException {
        channel.close();
        channel = acquire();
    }

    private static FileChannel acquire() throws IOException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Path file = Mark.DIRECTORY.resolve("lock");
        while (true) {
            Files.createDirectories(
                    Mark.DIRECTORY, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            FileChannel channel;
            try {
                channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            } catch (NoSuchFileException removedMeanwhile) {
                continue;
            }
            @Nullable FileLock lock = null;
            try {
                lock = channel.tryLock();
                if (lock != null && Files.exists(file) && sameFile(channel, file)) {
                    return channel;
                }
            } catch (OverlappingFileLockException otherThread) {
                lock = null;
            }
            channel.close();
            if (System.nanoTime() > deadline) {
                throw new LabException("another process is bringing a lab up or down on this machine (it holds " + file
                        + "); wait for it, or end it");
            }
            Belongings.pause();
        }
    }

    /** Whether the locked file still has its name; a holder that took the lab down has removed it. */
    private static boolean sameFile(FileChannel channel, Path file) throws IOException {
        String token = ProcessHandle.current().pid() + "-" + System.nanoTime();
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(token.getBytes(StandardCharsets.UTF_8)), 0);
        return Files.readString(file).equals(token);
    }

    @Override
    public void close() throws IOException {
        if (!Files.exists(Mark.LAB)) {
            Files.deleteIfExists(Mark.DIRECTORY.resolve("lock"));
            try {
                Files.deleteIfExists(Mark.DIRECTORY);
            } catch (DirectoryNotEmptyException nextOneIsHere) {
                LOG.debug("{} is in use by another process already", Mark.DIRECTORY);
            }
        }
        channel.close();
    }
}
