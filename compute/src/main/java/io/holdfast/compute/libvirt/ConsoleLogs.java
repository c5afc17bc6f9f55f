package io.holdfast.compute.libvirt;

import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What guests write to their serial lines, on this host's own disk, one file each, bounded.
 *
 * <p>QEMU appends, so a file that has grown too long is simply emptied; the next byte lands at its beginning. A guest
 * that shouts loses its older words, and never fills the disk that the agent's journal needs.
 */
final class ConsoleLogs {

    private static final Logger log = LoggerFactory.getLogger(ConsoleLogs.class);

    /** Too small loses a boot's messages, too large times the number of guests fills the state directory. */
    static final long BYTES_LIMIT = 1 << 20;

    private final Path directory;

    ConsoleLogs(Path directory) {
        this.directory = directory;
    }

    Path fileOf(InstanceId instance) throws IOException {
        Files.createDirectories(directory);
        return directory.resolve(instance + ".log");
    }

    void delete(InstanceId instance) throws IOException {
        Files.deleteIfExists(directory.resolve(instance + ".log"));
    }

    /** The last bytes of one; none when there is no such file. */
    byte[] tail(InstanceId instance, int bytesMax) throws IOException {
        Path file = directory.resolve(instance + ".log");
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            long from = Math.max(0, channel.size() - Math.min(bytesMax, BYTES_LIMIT));
            // It may be emptied or grow meanwhile: what is read is what is there.
            channel.position(from);
            return Channels.newInputStream(channel).readNBytes((int) Math.min(bytesMax, BYTES_LIMIT));
        } catch (NoSuchFileException none) {
            return new byte[0];
        }
    }

    /** Empties what has grown too long. Its failure is no reason to fail anything else. */
    void trim() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (Files.size(file) > BYTES_LIMIT) {
                    Files.write(file, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
                }
            }
        } catch (IOException e) {
            log.warn("consoles in {} could not be shortened reason={}", directory, e.toString());
        }
    }
}
