package io.holdfast.compute.image;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ImageEntry.Content;
import io.holdfast.compute.core.DiskHeader;
import io.holdfast.compute.core.Orders;
import io.holdfast.model.ImageId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes and reads the files of uploaded images.
 *
 * <p>A file is written under a name of its own that ends in {@code .part}, forced to disk, and then renamed: a file with its final name is whole.
 * Both names have the upload in them, so that an upload which was given up and goes on all the same cannot touch a later one.
 *
 * <p>May be called from any thread.
 */
public final class ImageFiles {

    /** Relative to the images directory. */
    private static final String DIRECTORY = "uploads";

    private static final String PART = ".part";
    private static final int CHUNK_BYTES = 256 * 1024;

    /** So often the room that is left is looked at: rarely enough to cost nothing, and often enough to stop in time. */
    private static final long LOOK_EVERY_BYTES = 16L * 1024 * 1024;

    private static final long ALIVE_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    private final Path images;
    private final Path directory;
    private final long keepFreeBytes;
    private final Disk disk;

    /** @param sharedStorage where this controller sees it */
    public ImageFiles(Path sharedStorage, long keepFreeBytes) {
        this(sharedStorage, keepFreeBytes, FileChannel::write);
    }

    /** For tests: with a disk that fails. */
    ImageFiles(Path sharedStorage, long keepFreeBytes, Disk disk) {
        this.images = sharedStorage.resolve(Orders.IMAGES);
        this.directory = images.resolve(DIRECTORY);
        this.keepFreeBytes = keepFreeBytes;
        this.disk = disk;
    }

    /** The name of an upload's file, relative to the images directory. */
    public static String name(ImageId image, UUID upload) {
        return DIRECTORY + "/" + image + "." + upload;
    }

    /**
     * Writes all of the stream. When it throws, nothing is left.
     *
     * @param limitBytes longest content
     * @param alive called every ten seconds or so while content comes
     * @throws ComputeException INVALID, TOO_LARGE or UNAVAILABLE, as {@link io.holdfast.compute.Images#upload} says
     */
    public Content write(
            ImageId image, UUID upload, String format, long limitBytes, InputStream content, Runnable alive) {
        Path whole = images.resolve(name(image, upload));
        Path part = whole.resolveSibling(whole.getFileName() + PART);
        boolean done = false;
        try {
            Files.createDirectories(directory);
            Content written;
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                written = copy(content, out, format, limitBytes, alive);
                out.force(true);
            }
            Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
            force(directory);
            done = true;
            return written;
        } catch (IOException e) {
            throw storageFails(e);
        } finally {
            if (!done) {
                remove(part);
                remove(whole);
            }
        }
    }

    private Content copy(InputStream content, FileChannel out, String format, long limitBytes, Runnable alive)
            throws IOException {
        MessageDigest md5 = digest("MD5");
        MessageDigest sha512 = digest("SHA-512");
        byte[] chunk = new byte[CHUNK_BYTES];
        DiskHeader header = null;
        long total = 0;
        long nextLook = 0;
        long aliveNanos = System.nanoTime();
        // Whole chunks: the first one then has the whole header, or the file is shorter than that.
        for (int count = fill(content, chunk); count > 0; count = fill(content, chunk)) {
            if (header == null) {
                header = check(Arrays.copyOf(chunk, Math.min(count, DiskHeader.BYTES)), format);
            }
            total += count;
            if (total > limitBytes) {
                throw tooLarge(limitBytes);
            }
            if (total > nextLook) {
                nextLook = total + LOOK_EVERY_BYTES;
                requireRoom(count);
            }
            md5.update(chunk, 0, count);
            sha512.update(chunk, 0, count);
            ByteBuffer rest = ByteBuffer.wrap(chunk, 0, count);
            while (rest.hasRemaining()) {
                disk.write(out, rest);
            }
            if (System.nanoTime() - aliveNanos > ALIVE_EVERY_NANOS) {
                aliveNanos = System.nanoTime();
                alive.run();
            }
        }
        if (header == null) {
            throw new ComputeException(Kind.INVALID, "The image has no content.");
        }
        HexFormat hex = HexFormat.of();
        return new Content(
                total,
                header.virtualBytes() < 0 ? total : header.virtualBytes(),
                hex.formatHex(md5.digest()),
                hex.formatHex(sha512.digest()));
    }

    private static DiskHeader check(byte[] first, String format) {
        DiskHeader header = DiskHeader.read(first);
        if (!header.format().equals(format)) {
            throw new ComputeException(
                    Kind.INVALID, "The content of the image is " + header.format() + ", not " + format + ".");
        }
        if (header.objection() != null) {
            throw new ComputeException(
                    Kind.INVALID,
                    "The content of the image " + header.objection()
                            + ". Make it one whole with: qemu-img convert -O qcow2");
        }
        return header;
    }

    /** Refused when uploads of so many bytes would leave less free than is to be kept. */
    public void requireRoom(long bytes) {
        try {
            Files.createDirectories(directory);
            long free = Files.getFileStore(directory).getUsableSpace();
            if (free - bytes < keepFreeBytes) {
                throw new ComputeException(
                        Kind.TOO_LARGE,
                        "There is not enough space on the image storage: " + free + " bytes are free, of which "
                                + keepFreeBytes + " are kept for the guests.");
            }
        } catch (IOException e) {
            throw storageFails(e);
        }
    }

    /** @throws ComputeException UNAVAILABLE when it cannot be read */
    public InputStream open(String file) {
        try {
            return Files.newInputStream(images.resolve(file), LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw storageFails(e);
        }
    }

    /** The names of all uploaded files, relative to the images directory, and of parts of such. */
    public List<String> names() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> DIRECTORY + "/" + file.getFileName()).toList();
        } catch (NoSuchFileException e) {
            // Nothing was ever uploaded.
            return List.of();
        } catch (IOException e) {
            throw storageFails(e);
        }
    }

    /** Whether a file is that of an upload, or a part of it. */
    public static boolean isOf(String file, ImageId image, UUID upload) {
        return file.equals(name(image, upload)) || file.equals(name(image, upload) + PART);
    }

    /** Removes a file of an upload; no harm when it is not there. */
    public void remove(String file) {
        remove(images.resolve(file));
    }

    /** What cannot be removed now is found and removed later: it belongs to no image (see {@link #names}). */
    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw storageFails(e);
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static int fill(InputStream content, byte[] chunk) {
        try {
            return content.readNBytes(chunk, 0, chunk.length);
        } catch (IOException e) {
            throw new ComputeException(Kind.INVALID, "The content of the image broke off: " + e.getMessage() + ".");
        }
    }

    private static ComputeException tooLarge(long limitBytes) {
        return new ComputeException(
                Kind.TOO_LARGE, "The image is longer than the " + limitBytes + " bytes that it may have.");
    }

    private static ComputeException storageFails(IOException problem) {
        String message = String.valueOf(problem.getMessage());
        boolean full = message.contains("No space left on device") || message.contains("Disk quota exceeded");
        return full
                ? new ComputeException(Kind.TOO_LARGE, "There is not enough space on the image storage.")
                : new ComputeException(
                        Kind.UNAVAILABLE,
                        "The image storage fails (" + problem.getClass().getSimpleName() + "); try again.");
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + algorithm, e);
        }
    }

    /** How bytes get into a file. */
    @FunctionalInterface
    interface Disk {
        int write(FileChannel out, ByteBuffer bytes) throws IOException;
    }
}
