package io.holdfast.server.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One process, and no other one that has its number later.
 *
 * <p>Its start is read from the kernel as it counts it, in ticks since the boot. What the JDK tells is wall time, which moves
 * when the clock is set.
 *
 * @param pid as this process sees it
 * @param startTicks when it was started; unlike its program, that does not change when it executes another one
 */
record ProcessMark(long pid, long startTicks) {

    /** Fields of {@code /proc/PID/stat} behind the name, which is in parentheses and may hold anything. */
    private static final int STATE = 0;

    private static final int START = 19;

    /** Of a process that exists and has not ended; one that nobody has buried yet (a zombie) has ended. */
    static Optional<ProcessMark> of(long pid) throws IOException {
        Path file = Path.of("/proc", Long.toString(pid), "stat");
        String stat;
        try {
            // A name need not be UTF-8.
            stat = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException ended) {
            return Optional.empty();
        } catch (IOException readWhileItEnded) {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            if (String.valueOf(readWhileItEnded.getMessage()).contains("No such process")) {
                return Optional.empty();
            }
            throw readWhileItEnded;
        }
        return parse(pid, stat);
    }

    static Optional<ProcessMark> parse(long pid, String stat) throws IOException {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        if (fields.length <= START) {
            throw new IOException("not what the kernel says of a process: " + stat);
        }
        return switch (fields[STATE]) {
            case "Z", "X", "x" -> Optional.empty();
            default -> Optional.of(new ProcessMark(pid, Long.parseLong(fields[START])));
        };
    }

    static ProcessMark ofThisProcess() throws IOException {
        return of(ProcessHandle.current().pid())
                .orElseThrow(() -> new IOException("this process does not find itself in /proc"));
    }

    boolean isAlive() throws IOException {
        return of(pid).filter(this::equals).isPresent();
    }
}
