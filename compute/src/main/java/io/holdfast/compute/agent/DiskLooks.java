package io.holdfast.compute.agent;

import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskSight;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Whether disks on the shared storage are written while we look, twice, at each of them.
 *
 * <p>Two looks, and not the age of a file: whose clock stands in it depends on the storage. What is compared is size, time of the last
 * write, and which file it is; not the time of the last change of its owner or rights, which whoever administers the storage changes.
 * Each file is opened, because NFS promises to ask its server then, and answers from memory otherwise. It is never read.
 *
 * <p>Threads: any may call, and waits for at most its patience. What touches the storage runs in a few threads that nothing else needs; a
 * storage that hangs keeps these, and while it does, what is asked is not seen. Nothing queues.
 */
public final class DiskLooks implements AutoCloseable {

    private final Path sharedStorage;
    private final Path disksRoot;
    private final Eye eye;
    private final ExecutorService threads;
    private final Semaphore free;

    /** @param file which file it is, where the file system says so */
    record Stamp(long size, FileTime written, @Nullable Object file) {}

    /** How one file is looked at. */
    @FunctionalInterface
    interface Eye {
        Stamp look(Path disk) throws IOException;
    }

    /**
     * @param directory of the disks, relative to the shared storage; nothing else is looked at
     * @param threadLimit how many looks may be under way, those that hang included, 1 or more
     */
    public DiskLooks(Path sharedStorage, String directory, int threadLimit) {
        this(sharedStorage, directory, threadLimit, new OpenedFiles(sharedStorage)::look);
    }

    DiskLooks(Path sharedStorage, String directory, int threadLimit, Eye eye) {
        this.sharedStorage = sharedStorage.normalize();
        this.disksRoot = this.sharedStorage.resolve(directory).normalize();
        this.eye = eye;
        this.free = new Semaphore(threadLimit);
        this.threads = Executors.newCachedThreadPool(
                Thread.ofPlatform().daemon().name("disk-looks-", 0).factory());
    }

    /**
     * @param patience after it, what was not seen is told as such
     * @return one sight for each disk, in order
     * @throws IllegalArgumentException if a name leads out of the directory of the disks; then nothing is looked at
     */
    public List<DiskSight> look(DiskLook asked, Duration patience) {
        Map<String, Path> paths = new LinkedHashMap<>();
        asked.disks().forEach(disk -> paths.put(disk, inside(disk)));
        long begun = System.nanoTime();
        long limit = begun + patience.toNanos();
        // A storage that hangs at one disk leaves the second look its half of the time, for the others.
        Pass first =
                pass(paths, begun + Math.max(0, patience.minus(asked.apart()).toNanos() / 2));
        if (first.stamps.isEmpty()) {
            // Nothing to compare with, so nothing to wait for.
            return asked.disks().stream()
                    .map(disk -> DiskSight.unseen(disk, first.why(disk)))
                    .toList();
        }
        LockSupport.parkNanos(Math.min(asked.apart().toNanos(), limit - System.nanoTime()));
        paths.keySet().retainAll(first.stamps.keySet());
        Pass second = pass(paths, limit);
        return asked.disks().stream().map(disk -> compared(disk, first, second)).toList();
    }

    private static DiskSight compared(String disk, Pass first, Pass second) {
        Stamp before = first.stamps.get(disk);
        Stamp after = second.stamps.get(disk);
        if (before == null || after == null) {
            return DiskSight.unseen(disk, (before == null ? first : second).why(disk));
        }
        return new DiskSight(disk, before.equals(after) ? DiskSight.Seen.UNCHANGED : DiskSight.Seen.WRITTEN, "");
    }

    private Path inside(String disk) {
        Path path;
        try {
            path = Path.of(disk);
        } catch (InvalidPathException none) {
            throw new IllegalArgumentException("a disk's name is no path", none);
        }
        Path there = sharedStorage.resolve(path);
        if (path.isAbsolute()
                || !path.normalize().equals(path)
                || !there.startsWith(disksRoot)
                || there.equals(disksRoot)) {
            throw new IllegalArgumentException("'" + disk + "' is no file in the directory of the guests' disks");
        }
        return there;
    }

    /** One look at each file. What was seen until the limit counts, also when the storage hangs at a later one. */
    private Pass pass(Map<String, Path> paths, long limit) {
        Pass pass = new Pass();
        CountDownLatch done = new CountDownLatch(1);
        Map<String, Path> disks = new LinkedHashMap<>(paths);
        if (!free.tryAcquire()) {
            pass.whole.set("other looks are under way here, or hang");
            return pass;
        }
        try {
            threads.execute(() -> {
                try {
                    disks.forEach((disk, path) -> {
                        if (System.nanoTime() < limit) {
                            pass.look(disk, path);
                        }
                    });
                } catch (RuntimeException defect) {
                    pass.whole.set("looking failed: " + defect);
                } finally {
                    free.release();
                    done.countDown();
                }
            });
        } catch (RejectedExecutionException closed) {
            free.release();
            pass.whole.set("the agent is closing");
            return pass;
        }
        try {
            if (!done.await(limit - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                pass.whole.set("the storage did not answer in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            pass.whole.set("the look was interrupted");
        }
        return pass;
    }

    /** Does not wait for a look that hangs. */
    @Override
    public void close() {
        threads.shutdownNow();
    }

    private final class Pass {

        private final Map<String, Stamp> stamps = new ConcurrentHashMap<>();
        private final Map<String, String> reasons = new ConcurrentHashMap<>();

        /** Why nothing is known of those of which nothing else is. */
        private final AtomicReference<String> whole = new AtomicReference<>("there was no time left");

        private void look(String disk, Path path) {
            try {
                stamps.put(disk, eye.look(path));
            } catch (NoSuchFileException missing) {
                reasons.put(disk, "there is no such file");
            } catch (AccessDeniedException denied) {
                reasons.put(disk, "may not be opened here");
            } catch (IOException e) {
                reasons.put(disk, String.valueOf(e.getMessage()));
            }
        }

        private String why(String disk) {
            String own = reasons.get(disk);
            return own == null ? String.valueOf(whole.get()) : own;
        }
    }

    private record OpenedFiles(Path root) {

        private Stamp look(Path disk) throws IOException {
            // First, because opening what is no file may wait for somebody at its other end.
            if (!Files.readAttributes(disk, BasicFileAttributes.class).isRegularFile()) {
                throw new IOException("is no file, and says not when it was written");
            }
            if (!disk.toRealPath().startsWith(root.toRealPath())) {
                throw new IOException("leads out of the shared storage");
            }
            try (FileChannel _ = FileChannel.open(disk, StandardOpenOption.READ)) {
                BasicFileAttributes opened = Files.readAttributes(disk, BasicFileAttributes.class);
                return new Stamp(opened.size(), opened.lastModifiedTime(), opened.fileKey());
            }
        }
    }
}
