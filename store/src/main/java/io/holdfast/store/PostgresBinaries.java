package io.holdfast.store;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's own programs, unpacked from the archive on the class path.
 *
 * <p>The archive is unpacked into a directory of its own and renamed into place, so {@code kill -9} in the middle leaves
 * nothing that looks finished. Beside the programs lies a list of every file with its size. It is compared at each
 * start (a thousand look-ups, some milliseconds), because after a power cut a file may be there and be empty, and
 * syncing 60 MB at the first start would cost more than unpacking again in the rare case.
 */
final class PostgresBinaries {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);

    private static final String ARCHIVE = "postgres-linux-x86_64.txz";
    private static final String LIST = "files.list";
    private static final String END = "end of list";

    private PostgresBinaries() {}

    /** Makes sure that the programs are complete under {@code parent}, and returns the directory that holds bin/. */
    static Path unpackedUnder(Path parent) {
        requireLinuxOnX86();
        try {
            URL archive = archive();
            // A new version of the archive gets a directory of its own: an upgrade never writes into running programs.
            Path home = parent.resolve("programs-" + sizeOf(archive));
            if (isComplete(home)) {
                return home;
            }
            StateDirectory.createDirectories(parent);
            Path fresh = parent.resolve("programs.new-" + UUID.randomUUID());
            long began = System.nanoTime();
            try {
                unpack(archive, fresh);
                putInPlace(fresh, home);
            } finally {
                deleteTree(fresh);
            }
            LOG.info("embedded PostgreSQL unpacked into {} in {} ms", home, (System.nanoTime() - began) / 1_000_000);
            return home;
        } catch (IOException e) {
            throw Failures.ofFile("cannot unpack the embedded PostgreSQL under " + parent, e);
        }
    }

    static void requireLinuxOnX86() {
        String system = System.getProperty("os.name", "") + " " + System.getProperty("os.arch", "");
        if (!system.toLowerCase(Locale.ROOT).matches("linux (amd64|x86_64)")) {
            throw new StoreRefused(
                    "the embedded PostgreSQL runs on Linux x86_64 only, this is " + system
                            + "; run a PostgreSQL server and name it in store.url",
                    null);
        }
    }

    /** Two processes may unpack at once (shared binaries directory): the second finds the work done and drops its own. */
    private static void putInPlace(Path fresh, Path home) throws IOException {
        if (Files.exists(home) && !isComplete(home)) {
            Path broken = home.resolveSibling("programs.broken-" + UUID.randomUUID());
            LOG.warn("embedded PostgreSQL in {} is incomplete or damaged; replacing it", home);
            Files.move(home, broken, StandardCopyOption.ATOMIC_MOVE);
            deleteTree(broken);
        }
        try {
            Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!isComplete(home)) {
                throw e;
            }
        }
    }

    private static void unpack(URL archive, Path into) throws IOException {
        Files.createDirectory(into);
        Map<String, Long> sizes = new TreeMap<>();
        try (InputStream packed = new BufferedInputStream(archive.openStream(), 1 << 16);
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                // Only the name is made plain: where we unpack may well be named by way of "..".
                Path inside = Path.of(entry.getName()).normalize();
                if (inside.isAbsolute() || inside.startsWith("..")) {
                    throw new IOException("the archive names a file outside itself: " + entry.getName());
                }
                Path target = into.resolve(inside);
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                    continue;
                }
                Files.createDirectories(requireParent(target));
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
                } else {
                    sizes.put(into.relativize(target).toString(), Files.copy(tar, target));
                    boolean program = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
        // Another account runs these programs, whatever the umask of this process is.
        openDirectories(into);
        StringBuilder list = new StringBuilder();
        sizes.forEach((name, size) -> list.append(size).append(' ').append(name).append('\n'));
        Files.writeString(into.resolve(LIST), list.append(END).append('\n'));
    }

    private static boolean isComplete(Path home) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(home.resolve(LIST));
        } catch (NoSuchFileException | java.nio.charset.CharacterCodingException e) {
            return false;
        }
        if (lines.size() < 10 || !lines.getLast().equals(END)) {
            return false;
        }
        for (String line : lines.subList(0, lines.size() - 1)) {
            int blank = line.indexOf(' ');
            if (blank < 1) {
                return false;
            }
            Path file = home.resolve(line.substring(blank + 1));
            try {
                BasicFileAttributes found =
                        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (!Long.toString(found.size()).equals(line.substring(0, blank))) {
                    return false;
                }
            } catch (NoSuchFileException e) {
                return false;
            }
        }
        return true;
    }

    private static URL archive() {
        URL found = PostgresBinaries.class.getClassLoader().getResource(ARCHIVE);
        if (found == null) {
            throw new StoreRefused(
                    "the embedded PostgreSQL (" + ARCHIVE
                            + ") is missing from the installation; install Holdfast again, "
                            + "or name a server in store.url",
                    null);
        }
        return found;
    }

    private static long sizeOf(URL archive) throws IOException {
        var connection = archive.openConnection();
        connection.setUseCaches(false);
        long size = connection.getContentLengthLong();
        connection.getInputStream().close();
        return size;
    }

    private static Path requireParent(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IOException("no parent directory: " + path);
        }
        return parent;
    }

    private static void openDirectories(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attrs) throws IOException {
                Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attrs) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @org.jspecify.annotations.Nullable IOException e)
                    throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
