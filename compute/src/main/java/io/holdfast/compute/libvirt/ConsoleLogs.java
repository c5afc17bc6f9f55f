package io.holdfast.compute.libvirt;

import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What guests write to their serial lines, on this host's own disk, bounded.
 *
 * <p>QEMU appends to one file and keeps it open, so a file that has grown too long is emptied, and the next byte lands at its
 * beginning. Its last words are put beside it first: what is read is the one after the other, so that a guest that shouts
 * loses its older words, never its last, and never fills the disk that the agent's journal needs. A byte that is written
 * between the copy and the emptying is lost.
 */
final class ConsoleLogs {

    private static final Logger log = LoggerFactory.getLogger(ConsoleLogs.class);

    /** Too small loses a boot's messages, too large times the number of guests fills the state directory. */
    static final long BYTES_LIMIT = 1 << 20;

    private static final String OLDER = ".older";

    private static final Pattern FILE = Pattern.compile("([0-9a-f-]{36})\\.log(\\.older|\\.part)?");

    private final Path directory;

    ConsoleLogs(Path directory) {
        this.directory = directory;
    }

    Path fileOf(InstanceId instance) throws IOException {
        Files.createDirectories(directory);
        return file(instance);
    }

    private Path file(InstanceId instance) {
        return directory.resolve(instance + ".log");
    }

    void delete(InstanceId instance) throws IOException {
        Files.deleteIfExists(file(instance));
        Files.deleteIfExists(older(file(instance)));
    }

    /** Deletes those of all other instances: nobody reads them where they have left, and there would be ever more. */
    void keepOnly(Set<InstanceId> here) throws IOException {
        // A guest that another host sends here finds the place for its console.
        Files.createDirectories(directory);
        Set<String> names = here.stream().map(InstanceId::toString).collect(Collectors.toSet());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Matcher name = FILE.matcher(String.valueOf(file.getFileName()));
                if (name.matches() && !names.contains(name.group(1))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** The last bytes of one; none when it has written nothing. Reads at most so many, however long the files are. */
    byte[] tail(InstanceId instance, int bytesMax) throws IOException {
        int most = (int) Math.clamp(bytesMax, 0, BYTES_LIMIT);
        byte[] newer = end(file(instance), most);
        byte[] older = newer.length < most ? end(older(file(instance)), most - newer.length) : new byte[0];
        byte[] both = new byte[older.length + newer.length];
        System.arraycopy(older, 0, both, 0, older.length);
        System.arraycopy(newer, 0, both, older.length, newer.length);
        return both;
    }

    private static byte[] end(Path file, int most) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            // It may be emptied or grow meanwhile: what is read is what is there.
            channel.position(Math.max(0, channel.size() - most));
            return Channels.newInputStream(channel).readNBytes(most);
        } catch (NoSuchFileException none) {
            return new byte[0];
        }
    }

    /** Shortens what has grown too long. Its failure is no reason to fail anything else. Called by one thread at a time. */
    void trim() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (String.valueOf(file.getFileName()).endsWith(".log") && Files.size(file) > BYTES_LIMIT) {
                    shorten(file);
                }
            }
        } catch (IOException e) {
            log.warn("consoles in {} could not be shortened reason={}", directory, e.toString());
        }
    }

    /** With no room left for its last words they go as well: a full disk is what this is to prevent. */
    private static void shorten(Path file) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.write(part, end(file, (int) BYTES_LIMIT));
            Files.move(part, older(file), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(part);
            log.warn("console {} loses its last words reason={}", file.getFileName(), e.toString());
        }
        Files.write(file, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
    }

    private static Path older(Path file) {
        return file.resolveSibling(file.getFileName() + OLDER);
    }
}
