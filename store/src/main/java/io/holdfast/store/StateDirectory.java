package io.holdfast.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory that exactly one process uses at a time.
 *
 * <p>The claim is a kernel lock on the file {@code lock} in the directory. It dies with the process however that ends,
 * so nothing has to be cleaned up after {@code kill -9}, and a stale pid never keeps anybody out. The file {@code pid}
 * beside it is only for the message to whoever comes second.
 */
public final class StateDirectory implements AutoCloseable {

    /**
     * Directories locked by this process. It has to be one set for the whole JVM, because the kernel's lock belongs to
     * the process, and closing <em>any</em> descriptor of the lock file gives it up: a second attempt inside this JVM
     * must be refused before it opens the file.
     */
    private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    private StateDirectory(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Creates the directory if it is missing (mode 0711: others may pass through to what is meant for them, not look
     * around) and claims it.
     *
     * @throws StateDirectoryInUse when another process holds it; the message names its pid
     * @throws StoreRefused when the directory cannot be created or written
     * @throws DiskFull when there is no space for the lock file
     */
    public static StateDirectory lock(Path directory) {
        Path path;
        try {
            createDirectories(directory);
            path = directory.toRealPath();
        } catch (IOException e) {
            throw Failures.ofFile("cannot create the state directory " + directory, e);
        }
        if (!LOCKED_HERE.add(path)) {
            throw new StateDirectoryInUse(path, ProcessHandle.current().pid());
        }
        boolean locked = false;
        try {
            FileChannel channel =
                    FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                @Nullable FileLock lock = channel.tryLock();
                if (lock == null) {
                    throw new StateDirectoryInUse(path, holder(path));
                }
                writePid(path);
                locked = true;
                return new StateDirectory(path, channel, lock);
            } finally {
                if (!locked) {
                    channel.close();
                }
            }
        } catch (IOException e) {
            throw Failures.ofFile("cannot lock the state directory " + path, e);
        } finally {
            if (!locked) {
                LOCKED_HERE.remove(path);
            }
        }
    }

    /** The real path, without symbolic links. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        if (!lock.isValid()) {
            return;
        }
        try {
            Files.deleteIfExists(path.resolve("pid"));
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw Failures.ofFile("cannot unlock the state directory " + path, e);
        } finally {
            LOCKED_HERE.remove(path);
        }
    }

    static void createDirectories(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (!Files.isDirectory(absolute)) {
            Files.createDirectory(
                    absolute, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        }
    }

    /** Written beside and renamed, so that whoever reads it never sees half a number. */
    private static void writePid(Path path) throws IOException {
        Path fresh = path.resolve("pid.new");
        Files.writeString(fresh, ProcessHandle.current().pid() + "\n");
        Files.move(fresh, path.resolve("pid"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static @Nullable Long holder(Path path) throws IOException {
        try {
            return Long.valueOf(Files.readString(path.resolve("pid")).strip());
        } catch (NoSuchFileException | NumberFormatException e) {
            // The holder has locked but not yet written its pid, or is just leaving: in use all the same.
            return null;
        }
    }
}
