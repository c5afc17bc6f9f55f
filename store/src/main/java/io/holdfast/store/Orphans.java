package io.holdfast.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Server processes that outlived their postmaster or their controller.
 *
 * <p>A backend that is busy on the processor does not notice that its postmaster was killed. It keeps the shared memory,
 * and a new postmaster refuses to start beside it, rightly: two of them would ruin the data. So they are ended first.
 * They are found by the kernel's own knowledge (their working directory is the data directory, compared by device and
 * inode, never by name), so that neither a stale pid file nor the server of another state directory can mislead us.
 */
final class Orphans {

    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

    /** A postmaster whose controller died is shutting down by itself, which takes some 25 ms; let it finish. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private static final Duration LIMIT = Duration.ofSeconds(5);

    private Orphans() {}

    /** Returns when no process of this data directory runs any more. */
    static void end(Path data) throws IOException {
        List<ProcessHandle> found = of(data);
        if (found.isEmpty()) {
            return;
        }
        long began = System.nanoTime();
        boolean killed = false;
        while (!found.isEmpty()) {
            long waited = System.nanoTime() - began;
            if (waited > LIMIT.toNanos()) {
                throw new StoreRefused(
                        "processes of an earlier embedded PostgreSQL cannot be ended: "
                                + found.stream().map(ProcessHandle::pid).toList()
                                + "; they hold the database in " + data + " (a stalled disk?)",
                        null);
            }
            if (waited > GRACE.toNanos()) {
                if (!killed) {
                    LOG.warn(
                            "embedded PostgreSQL: ending processes left over from an earlier run: {}",
                            found.stream().map(ProcessHandle::pid).toList());
                    killed = true;
                }
                found.forEach(ProcessHandle::destroyForcibly);
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while ending processes of " + data, e);
            }
            found = of(data);
        }
    }

    /**
     * Removes a {@code postmaster.pid} whose number PostgreSQL would take for a living postmaster though it is none: a
     * dead process that nobody has reaped (pid 1 of a container often does not), or a stranger that was given the number
     * since. In every other case the file is PostgreSQL's own business.
     *
     * <p>Taking it away under a living server would ruin the data. It is safe here and only here: the caller holds the
     * lock of the directory, and just saw that no process of this data directory lives.
     */
    static void forget(Path data) throws IOException {
        Path file = data.resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return;
        }
        List<String> lines = Files.readAllLines(file);
        String pid = lines.isEmpty() ? "" : lines.getFirst().strip();
        if (pid.matches("[0-9]+") && Files.exists(Path.of("/proc", pid)) && of(data).isEmpty()) {
            LOG.info(
                    "embedded PostgreSQL: {} names process {}, which is not its server any more; removing it",
                    file,
                    pid);
            Files.delete(file);
        }
    }

    /** Living server processes whose working directory is {@code data}; the dead that nobody reaped do not count. */
    static List<ProcessHandle> of(Path data) throws IOException {
        List<ProcessHandle> found = new ArrayList<>();
        if (!Files.isDirectory(data)) {
            return found;
        }
        Object wanted = Files.getAttribute(data, "unix:fileKey");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path entry : entries) {
                if (isServerIn(entry, wanted)) {
                    ProcessHandle.of(Long.parseLong(entry.getFileName().toString()))
                            .ifPresent(found::add);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }

    private static boolean isServerIn(Path entry, Object wanted) {
        try {
            // The name as well: an operator's shell that stands in the data directory is not ours to kill.
            String stat = Files.readString(entry.resolve("stat"));
            int end = stat.lastIndexOf(')');
            boolean server = stat.substring(stat.indexOf('(') + 1, end).equals("postgres");
            boolean dead = stat.charAt(end + 2) == 'Z' || stat.charAt(end + 2) == 'X';
            return server && !dead && Objects.equals(Files.getAttribute(entry.resolve("cwd"), "unix:fileKey"), wanted);
        } catch (IOException | IndexOutOfBoundsException e) {
            // Gone between listing and looking, or somebody else's, whom we may not look at: not one of ours.
            return false;
        }
    }
}
