package io.holdfast.secrets;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.UUID;

/**
 * Writes files that are there whole or not at all, whatever happens in between.
 *
 * <p>Model: the new content goes to a file beside it that only its owner may read, is forced to disk, and takes the name in one
 * step; then the directory is forced to disk. What if we die here: before that step the old content is there, after it the new
 * one. What is left beside it is swept away by the next who writes the same file.
 */
public final class WholeFile {

    private static final String FRESH = ".holdfast-new-";

    private WholeFile() {}

    /**
     * A new file, mode 0600.
     *
     * @throws java.nio.file.FileAlreadyExistsException when there is one, which stays as it is
     */
    public static void create(Path file, byte[] content) throws IOException {
        Path whole = file.toAbsolutePath();
        Path fresh = written(whole, content);
        try {
            // A link and not a rename: if somebody else was first, theirs stays.
            Files.createLink(whole, fresh);
            sync(parent(whole));
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** New content for a file that is there; its owner, group and mode stay, and so does a link that leads to it. */
    public static void replace(Path file, byte[] content) throws IOException {
        Path whole = file.toRealPath();
        sweep(whole);
        Path fresh = written(whole, content);
        try {
            for (String each : new String[] {"unix:gid", "unix:uid"}) {
                Object wanted = Files.getAttribute(whole, each);
                if (!wanted.equals(Files.getAttribute(fresh, each))) {
                    Files.setAttribute(fresh, each, wanted);
                }
            }
            Files.setPosixFilePermissions(fresh, Files.getPosixFilePermissions(whole));
            Files.move(fresh, whole, StandardCopyOption.ATOMIC_MOVE);
            sync(parent(whole));
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static Path written(Path whole, byte[] content) throws IOException {
        Path fresh = parent(whole).resolve("." + whole.getFileName() + FRESH + UUID.randomUUID());
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        boolean done = false;
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
            done = true;
            return fresh;
        } finally {
            if (!done) {
                Files.deleteIfExists(fresh);
            }
        }
    }

    /** What somebody left who was killed. One that is at work this moment fails by name, and changes nothing. */
    private static void sweep(Path whole) throws IOException {
        String begin = "." + whole.getFileName() + FRESH;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(
                parent(whole), each -> each.getFileName().toString().startsWith(begin))) {
            for (Path each : all) {
                Files.deleteIfExists(each);
            }
        }
    }

    private static Path parent(Path whole) {
        return Objects.requireNonNull(whole.getParent(), "a file has a directory");
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
