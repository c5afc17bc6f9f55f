package io.holdfast.server.supervisor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file by which an agent tells its supervisor, or the next one, that it lives: which process it is, what it was told
 * when it was started, and how often it has beaten. Written by the agent alone.
 *
 * <p>A beat writes the same number of bytes to the same place, so that a reader sees one line or the other; if it ever sees a
 * mixture, that is no line, and it looks again.
 */
public final class LifeSign implements AutoCloseable {

    /** What a file says. */
    record Read(ProcessMark process, String bootId, int supervisorPort, long beats) {}

    private static final Logger log = LoggerFactory.getLogger(LifeSign.class);

    private static final String NAME = "agent.life";

    private static final Pattern LINE =
            Pattern.compile("pid=(\\d{1,18}) start=(\\d{1,18}) boot=(\\S+) port=(\\d{1,5}) beats=(\\d{18})\\n");

    private final FileChannel channel;
    private final String prefix;
    private long beats;
    private boolean failing;

    private LifeSign(FileChannel channel, String prefix) {
        this.channel = channel;
        this.prefix = prefix;
    }

    /**
     * Begins the life sign of this process, without a beat. Only whoever holds the agent's state directory may do so.
     *
     * @param bootId without blanks; differs after each boot
     * @param supervisorPort where the supervisor answers, as this agent says to controllers
     */
    public static LifeSign begin(Path directory, String bootId, int supervisorPort) throws IOException {
        Files.createDirectories(directory);
        ProcessMark self = ProcessMark.ofThisProcess();
        String prefix = "pid=" + self.pid() + " start=" + self.startTicks() + " boot=" + bootId + " port="
                + supervisorPort + " beats=";
        // Renamed into its place, so that no beat of a life before is ever read as one of this.
        Path fresh = directory.resolve(NAME + ".new");
        FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        try {
            LifeSign sign = new LifeSign(channel, prefix);
            sign.write();
            Files.move(fresh, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
            return sign;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** What the last agent wrote; empty when there was none, or when that cannot be understood. */
    static Optional<Read> read(Path directory) throws IOException {
        Matcher line;
        try {
            line = LINE.matcher(Files.readString(directory.resolve(NAME), StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
        if (!line.matches()) {
            return Optional.empty();
        }
        return Optional.of(new Read(
                new ProcessMark(Long.parseLong(line.group(1)), Long.parseLong(line.group(2))),
                line.group(3),
                Integer.parseInt(line.group(4)),
                Long.parseLong(line.group(5))));
    }

    /** One more. What cannot be written is told once; the supervisor, which sees no beat, acts on it. */
    public synchronized void beat() {
        beats++;
        try {
            write();
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                failing = true;
                log.error("no sign of life can be given to the supervisor, which will start this agent anew", e);
            }
        }
    }

    private void write() throws IOException {
        String line = prefix + String.format(Locale.ROOT, "%018d", beats) + "\n";
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes, bytes.position());
        }
    }

    /** The file stays: an agent that is on its way out is still the agent, until its process has ended. */
    @Override
    public synchronized void close() throws IOException {
        channel.close();
    }
}
