package io.holdfast.compute.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.agent.AgentMemory.Wanted;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What the agent was told, on this host's own disk, so that its death forgets nothing.
 *
 * <p>Model: a file of lines, each a checksum and a JSON text. The first line is a snapshot of the whole memory, each
 * further one a single goal that was taken. An adopt order writes a new snapshot; so does a file that grew long. A
 * snapshot is written beside the file, forced to disk, and renamed over it.
 *
 * <p>Invariants: what {@link #memory()} shows is on disk; a call that threw changed nothing that is shown.
 *
 * <p>What if we die here: while appending, the last line is torn, is dropped when the file is opened, and its order was
 * never confirmed to anybody; while writing a snapshot, the old file stands and the half one is removed. A line that is
 * wrong and is not the last was not written so by us: the disk lies or somebody edited, and the journal refuses to open
 * rather than forget a generation.
 *
 * <p>Not safe for several threads; the agent's lock guards it. A second agent on the same directory is refused.
 */
public final class AgentJournal implements AutoCloseable {

    /** Lines until a snapshot is due. Too small writes often, too large makes opening slow. */
    private static final int LINES_LIMIT = 1_000;

    private final ObjectMapper json =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    private final Path file;
    private final Path half;
    private final Steps steps;
    private final FileChannel lockChannel;
    private final FileLock lock;

    private FileChannel channel;
    private AgentMemory memory;
    /** Length of the file up to the last whole line; what lies beyond is of no account. */
    private long length;

    private int lines;
    /** Why nothing can be written any more, until the agent is started again; empty while it can. */
    private String broken = "";

    /** Opens the journal in a directory, which is made when it is missing. */
    public static AgentJournal open(Path directory) throws IOException {
        return open(directory, step -> {});
    }

    static AgentJournal open(Path directory, Steps steps) throws IOException {
        Files.createDirectories(directory);
        Path lockFile = directory.resolve("agent.lock");
        FileChannel lockChannel = FileChannel.open(
                lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
        FileLock lock;
        try {
            lock = lockChannel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            lockChannel.close();
            throw new IOException("another agent uses the state directory " + directory + "; stop it first");
        }
        try {
            return new AgentJournal(directory, steps, lockChannel, lock);
        } catch (IOException | RuntimeException e) {
            lockChannel.close();
            throw e;
        }
    }

    /** Told before and after each step that touches the disk, so that a test can fail there. */
    @FunctionalInterface
    interface Steps {
        void reached(String step) throws IOException;
    }

    private AgentJournal(Path directory, Steps steps, FileChannel lockChannel, FileLock lock) throws IOException {
        this.file = directory.resolve("agent.journal");
        this.half = directory.resolve("agent.journal.new");
        this.steps = steps;
        this.lockChannel = lockChannel;
        this.lock = lock;
        this.memory = AgentMemory.blank();
        Files.deleteIfExists(half);
        boolean fresh = !Files.exists(file);
        this.channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
        try {
            if (fresh) {
                forceDirectory();
            }
            replay(Files.readAllBytes(file));
            if (channel.size() > length) {
                channel.truncate(length);
                channel.force(true);
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    AgentMemory memory() {
        return memory;
    }

    /** Where it lies, on the host's own disk. */
    Path directory() {
        return Objects.requireNonNull(file.toAbsolutePath().getParent());
    }

    /** Empty while the journal can be written; else what is wrong and what to do. */
    public String trouble() {
        return broken;
    }

    /** Adds one goal. Durable when it returns; when it throws, the memory is as before. */
    void told(AgentMemory next, InstanceId instance, Wanted wanted) throws IOException {
        if (lines >= LINES_LIMIT + 2 * next.owned().size()) {
            replace(next);
            return;
        }
        byte[] line = line(new Line(null, GoalLine.of(next.leader(), instance, wanted)));
        writable();
        try {
            steps.reached("append");
            channel.position(length);
            write(channel, line);
            steps.reached("appended");
            channel.force(false);
            steps.reached("append-forced");
        } catch (IOException e) {
            takeBack(e);
            throw full(e);
        }
        length += line.length;
        lines++;
        memory = next;
    }

    /** Writes the whole memory anew. Durable when it returns; when it throws, the memory is as before. */
    void replace(AgentMemory next) throws IOException {
        writable();
        byte[] line = line(new Line(Snapshot.of(next), null));
        FileChannel replacement;
        try {
            steps.reached("snapshot");
            replacement = FileChannel.open(
                    half,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.READ);
            try {
                write(replacement, line);
                steps.reached("snapshot-written");
                replacement.force(true);
                steps.reached("snapshot-forced");
                Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                replacement.close();
                Files.deleteIfExists(half);
                throw e;
            }
        } catch (IOException e) {
            throw full(e);
        }
        FileChannel old = channel;
        channel = replacement;
        length = line.length;
        lines = 1;
        memory = next;
        try {
            old.close();
            steps.reached("snapshot-renamed");
            forceDirectory();
        } catch (IOException e) {
            // The new file is in place for this process, and perhaps not for the next boot. What it says may be acted
            // on by nobody until that is certain, and after a failed force nothing on this disk is.
            broken = "the directory of the journal could not be forced to disk (" + e.getMessage()
                    + "); check the disk of " + file.getParent() + " and start the agent again";
            throw new IOException(broken, e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        lock.release();
        lockChannel.close();
    }

    private void writable() throws IOException {
        if (!broken.isEmpty()) {
            throw new IOException(broken);
        }
    }

    /** After a failed append, part of the line may lie in the file; an order that was refused must not come back. */
    private void takeBack(IOException cause) {
        try {
            channel.truncate(length);
            channel.force(true);
        } catch (IOException e) {
            cause.addSuppressed(e);
            broken = "the journal could not be written and not be put right (" + e.getMessage()
                    + "); check the disk of " + file.getParent() + " and start the agent again";
        }
    }

    private IOException full(IOException e) {
        return new IOException(
                "the agent's journal cannot be written (" + e.getMessage() + "); make room in " + file.getParent(), e);
    }

    private void forceDirectory() throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    private static void write(FileChannel to, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            to.write(buffer);
        }
    }

    private byte[] line(Line line) {
        byte[] body;
        try {
            body = json.writeValueAsBytes(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("a journal line could not be made into JSON", e);
        }
        byte[] head = (checksum(body, 0, body.length) + " ").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(head.length + body.length + 1)
                .put(head)
                .put(body)
                .put((byte) '\n')
                .array();
    }

    private static String checksum(byte[] bytes, int from, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, count);
        return "%08x".formatted(crc.getValue());
    }

    private void replay(byte[] bytes) throws IOException {
        int from = 0;
        while (from < bytes.length) {
            int end = from;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            if (end == bytes.length) {
                return; // torn: the newline is the last byte of a line that was written whole
            }
            Line line = parse(bytes, from, end);
            if (line == null) {
                if (end + 1 == bytes.length) {
                    return; // the blocks of the last line came to the disk in part
                }
                throw new IOException(
                        "line " + (lines + 1) + " of " + file + " is damaged and lines follow it; the disk"
                                + " cannot be trusted. Move the file away: this host then waits to be adopted again");
            }
            if (line.snapshot() != null) {
                memory = line.snapshot().memory();
            } else if (line.goal() != null) {
                memory = line.goal().addTo(memory);
            }
            lines++;
            from = end + 1;
            length = from;
        }
    }

    private @Nullable Line parse(byte[] bytes, int from, int end) {
        int bodyFrom = from + 9;
        if (bodyFrom > end) {
            return null;
        }
        String head = new String(bytes, from, 9, StandardCharsets.US_ASCII);
        if (!head.equals(checksum(bytes, bodyFrom, end - bodyFrom) + " ")) {
            return null;
        }
        try {
            return json.readValue(bytes, bodyFrom, end - bodyFrom, Line.class);
        } catch (IOException e) {
            return null;
        }
    }

    // The file's own words, apart from the product's, so that a renamed class does not make old files unreadable.

    record Line(@Nullable Snapshot snapshot, @Nullable GoalLine goal) {}

    record GoalLine(long leader, String instance, long generation, InstanceGoal goal, GuestSpec spec) {

        static GoalLine of(LeaderEpoch leader, InstanceId instance, Wanted wanted) {
            return new GoalLine(
                    leader.value(), instance.toString(), wanted.generation().value(), wanted.goal(), wanted.spec());
        }

        AgentMemory addTo(AgentMemory before) {
            return before.with(
                    LeaderEpoch.of(leader),
                    InstanceId.parse(instance),
                    new Wanted(Generation.of(generation), goal, spec));
        }
    }

    record Snapshot(
            String bootId,
            long hostEpoch,
            long incarnation,
            long adoption,
            long leader,
            Map<String, Long> newest,
            List<GoalLine> owned) {

        static Snapshot of(AgentMemory memory) {
            Map<String, Long> newest = new LinkedHashMap<>();
            memory.newest().forEach((instance, generation) -> newest.put(instance.toString(), generation.value()));
            List<GoalLine> owned = new ArrayList<>();
            memory.owned().forEach((instance, wanted) -> owned.add(GoalLine.of(memory.leader(), instance, wanted)));
            return new Snapshot(
                    memory.bootId(),
                    memory.hostEpoch().value(),
                    memory.incarnation().value(),
                    memory.adoption(),
                    memory.leader().value(),
                    newest,
                    owned);
        }

        AgentMemory memory() {
            Map<InstanceId, Generation> seen = new LinkedHashMap<>();
            newest.forEach((instance, generation) -> seen.put(InstanceId.parse(instance), Generation.of(generation)));
            Map<InstanceId, Wanted> wanted = new LinkedHashMap<>();
            for (GoalLine line : owned) {
                wanted.put(
                        InstanceId.parse(line.instance()),
                        new Wanted(Generation.of(line.generation()), line.goal(), line.spec()));
            }
            return new AgentMemory(
                    bootId,
                    HostEpoch.of(hostEpoch),
                    Incarnation.of(incarnation),
                    adoption,
                    LeaderEpoch.of(leader),
                    seen,
                    wanted);
        }
    }
}
