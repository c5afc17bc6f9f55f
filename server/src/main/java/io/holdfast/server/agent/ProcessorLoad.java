package io.holdfast.server.agent;

import io.holdfast.compute.agent.Processors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How busy the processors were within the last minute, by what the kernel has counted in {@code /proc/stat}: what was neither idle nor waiting
 * for a disk. A guest's work is in it. Time that another machine took away ({@code steal}) counts as busy: it cannot be had.
 *
 * <p>Whoever asks makes it look, at most once a second; while nobody asks nothing is read. What cannot be read is not known.
 */
final class ProcessorLoad implements Processors {

    private static final Logger log = LoggerFactory.getLogger(ProcessorLoad.class);

    private static final Pattern BLANKS = Pattern.compile("\\s+");

    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final Duration BETWEEN = Duration.ofSeconds(1);

    /** Shorter stretches say more of the look itself than of the host. */
    private static final Duration LEAST = Duration.ofSeconds(5);

    /** Of the line's numbers: user, nice, system, idle, iowait, irq, softirq, steal. What follows is in user and nice already. */
    private static final int COUNTED = 8;

    private static final int IDLE = 3;
    private static final int IO_WAIT = 4;

    private record Sample(long nanos, long total, long idle) {}

    private final Path stat;
    private final LongSupplier nanoTime;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private boolean failing;

    ProcessorLoad(Path stat, LongSupplier nanoTime) {
        this.stat = stat;
        this.nanoTime = nanoTime;
    }

    static ProcessorLoad ofThisMachine() {
        return new ProcessorLoad(Path.of("/proc/stat"), System::nanoTime);
    }

    @Override
    public synchronized OptionalInt busyPercent() {
        long now = nanoTime.getAsLong();
        if (samples.isEmpty() || now - samples.getLast().nanos() >= BETWEEN.toNanos()) {
            look(now);
        }
        if (samples.isEmpty()) {
            return OptionalInt.empty();
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        long total = last.total() - first.total();
        if (last.nanos() - first.nanos() < LEAST.toNanos() || total <= 0) {
            return OptionalInt.empty();
        }
        double idle = (double) (last.idle() - first.idle()) / total;
        return OptionalInt.of((int) Math.round(100 * Math.clamp(1 - idle, 0.0, 1.0)));
    }

    private void look(long now) {
        try {
            samples.addLast(read(now));
            failing = false;
        } catch (IOException | RuntimeException unreadable) {
            // What was counted before says nothing of now.
            samples.clear();
            if (!failing) {
                log.warn("how busy this host is cannot be told: {}", unreadable.toString());
            }
            failing = true;
            return;
        }
        while (now - samples.getFirst().nanos() > WINDOW.toNanos()) {
            samples.removeFirst();
        }
    }

    private Sample read(long now) throws IOException {
        String line;
        try (Stream<String> lines = Files.lines(stat)) {
            line = lines.filter(each -> each.startsWith("cpu "))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no line of all processors in " + stat));
        }
        String[] words = BLANKS.split(line.strip(), -1);
        if (words.length <= IO_WAIT + 1) {
            throw new IOException("'" + line + "' in " + stat + " has no idle time");
        }
        long total = 0;
        long idle = 0;
        for (int i = 0; i < Math.min(COUNTED, words.length - 1); i++) {
            long ticks;
            try {
                ticks = Long.parseLong(words[i + 1]);
            } catch (NumberFormatException e) {
                throw new IOException("'" + line + "' in " + stat + " has something that is no number", e);
            }
            total += ticks;
            idle += i == IDLE || i == IO_WAIT ? ticks : 0;
        }
        return new Sample(now, total, idle);
    }
}
