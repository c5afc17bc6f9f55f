package io.holdfast.server.agent.health;

import io.holdfast.server.agent.health.core.Measures.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory the kernel could give, and how much time was lost for want of it. */
final class MemoryProbe {

    private static final Pattern LINE = Pattern.compile("\\s*(\\S+)\\s+(\\S+)");
    private static final Pattern FULL = Pattern.compile("full avg10=(\\S+)");

    private final Path meminfo;
    private final Path pressure;

    MemoryProbe(Path meminfo, Path pressure) {
        this.meminfo = meminfo;
        this.pressure = pressure;
    }

    Memory read() throws IOException {
        List<String> lines = Files.readAllLines(meminfo);
        long total = kib(lines, "MemTotal:");
        if (total <= 0) {
            throw new IOException(meminfo + " says that there is no memory at all");
        }
        return new Memory(total, kib(lines, "MemAvailable:"), stalled());
    }

    private long kib(List<String> lines, String name) throws IOException {
        for (String line : lines) {
            Matcher words = LINE.matcher(line);
            if (words.lookingAt() && words.group(1).equals(name)) {
                return number(words.group(2), meminfo).longValue();
            }
        }
        throw new IOException("no " + name + " in " + meminfo);
    }

    /** Empty with a kernel that does not count it, or was told not to ({@code psi=0}). */
    private Optional<Double> stalled() throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(pressure);
        } catch (NoSuchFileException notCounted) {
            return Optional.empty();
        } catch (IOException switchedOff) {
            // With psi=0 the file is there, and every read of it fails.
            return Optional.empty();
        }
        for (String line : lines) {
            Matcher words = FULL.matcher(line);
            if (words.lookingAt()) {
                return Optional.of(number(words.group(1), pressure));
            }
        }
        throw new IOException("no full avg10 in " + pressure);
    }

    private static Double number(String word, Path file) throws IOException {
        try {
            return Double.valueOf(word);
        } catch (NumberFormatException e) {
            throw new IOException(word + " in " + file + " is no number", e);
        }
    }
}
