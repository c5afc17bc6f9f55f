package io.holdfast.compute.drive;

import io.holdfast.compute.ConfigDrives;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.core.Orders;
import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Config drives as ISO 9660 files, made by {@code xorriso}.
 *
 * <p>What goes onto a drive is laid out in a directory that only this user may read, on this machine; the drive is made beside its place,
 * forced to the storage and renamed, so that one with its name is whole, and a guest that reads the old one is not disturbed.
 *
 * <p>Threads: safe for several. At most {@value #TOGETHER} are made at once; whoever calls waits, but not longer than {@link #LIMIT}, since
 * storage that has stalled may keep a thread for ever.
 */
public final class ConfigDriveFiles implements ConfigDrives, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ConfigDriveFiles.class);

    static final String TOOL = "xorriso";

    private static final int TOGETHER = 4;
    private static final FileAttribute<Set<PosixFilePermission>> OURS_ALONE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private final Path sharedStorage;
    private final Path scratch;
    private final String tool;
    private final Duration limit;
    private final ExecutorService makers = Executors.newFixedThreadPool(
            TOGETHER, Thread.ofPlatform().daemon().name("config-drive-", 0).factory());

    /**
     * Removes what one before it, that was killed, has left in the scratch directory.
     *
     * @param scratch of this process alone; made when it is needed, and what is in it may be deleted
     */
    public ConfigDriveFiles(Path sharedStorage, Path scratch) {
        this(sharedStorage, scratch, TOOL, LIMIT);
    }

    /** For tests: with a tool that is not there, or hangs. */
    ConfigDriveFiles(Path sharedStorage, Path scratch, String tool, Duration limit) {
        this.sharedStorage = sharedStorage;
        this.scratch = scratch;
        this.tool = tool;
        this.limit = limit;
        if (Files.exists(scratch)) {
            remove(scratch);
        }
    }

    @Override
    public void write(String file, Map<String, byte[]> content) throws DriverException {
        Path target = sharedStorage.resolve(file).normalize();
        if (!target.startsWith(sharedStorage)) {
            throw new DriverException("the config drive " + file + " would lie outside of the shared storage");
        }
        Future<?> made = makers.submit(() -> {
            make(target, content);
            return null;
        });
        try {
            made.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            made.cancel(true);
            throw DriverException.unconfirmed(
                    "the config drive " + target + " was not written within " + limit.toSeconds()
                            + " s; is the shared storage stalled?",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            made.cancel(true);
            throw DriverException.unconfirmed("interrupted while the config drive " + target + " was written", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DriverException known) {
                throw known;
            }
            throw new DriverException("the config drive " + target + " could not be written: " + e.getCause(), e);
        }
    }

    private void make(Path target, Map<String, byte[]> content)
            throws IOException, InterruptedException, DriverException {
        // Else it would be written below an empty mount point, and no host would find it.
        if (!Files.isDirectory(sharedStorage.resolve(Orders.IMAGES))) {
            throw new DriverException("config drives are written to the shared storage, and " + sharedStorage
                    + " on this controller has no directory " + Orders.IMAGES + "; is it mounted?");
        }
        // Anybody else on this machine must not read what is meant for the guest.
        Files.createDirectories(scratch, OURS_ALONE);
        Path tree = Files.createTempDirectory(scratch, "drive-", OURS_ALONE);
        Path directory = parent(target);
        Path part = directory.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            for (Map.Entry<String, byte[]> entry : content.entrySet()) {
                Path file = tree.resolve(entry.getKey());
                Files.createDirectories(parent(file));
                Files.write(file, entry.getValue());
            }
            Files.createDirectories(directory);
            Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            run(tree, part);
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } finally {
            Files.deleteIfExists(part);
            remove(tree);
        }
    }

    private void run(Path tree, Path part) throws IOException, InterruptedException, DriverException {
        Process process;
        try {
            process = Subprocess.of(
                            tool,
                            "-as",
                            "mkisofs",
                            "-quiet",
                            "-J",
                            "-r",
                            "-V",
                            LABEL,
                            "-o",
                            part.toString(),
                            tree.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new DriverException(
                    "config drives are made by " + tool + ", which this controller cannot run (" + e.getMessage()
                            + "); install the package " + TOOL,
                    e);
        }
        try {
            process.getOutputStream().close();
            // It writes to the shared storage: who waits for it no longer than the limit says that the outcome is
            // unknown.
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw DriverException.underWay(tool + " did not end within " + limit.toSeconds() + " s");
            }
            String said = new String(process.getInputStream().readNBytes(2_000), StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) {
                throw new DriverException(tool + " failed: " + said);
            }
        } finally {
            process.destroyForcibly();
        }
    }

    /** Of the directory with what the guest reads. Left over it would be readable by this user alone, and is told. */
    private static void remove(Path tree) {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.warn(
                    "{} could not be removed; it has an instance's user data, remove it by hand: {}",
                    tree,
                    e.toString());
        }
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(file + " is in no directory");
        }
        return parent;
    }

    @Override
    public void close() {
        makers.shutdownNow();
    }
}
