package io.holdfast.chaos.sim.cli;

import io.holdfast.chaos.sim.Dice;
import io.holdfast.chaos.sim.RecordedVisits;
import io.holdfast.chaos.sim.RecordedVisits.Visit;
import io.holdfast.chaos.sim.Workload;
import io.holdfast.model.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Instances as they came to a public cloud: each size as often as the trace has it, and, where it says how long they
 * stayed, their arrivals and lifetimes.
 */
final class TraceWorkload {

    /** The first of a long trace: enough for ten virtual minutes at the usual pace. */
    private static final int ARRIVALS = 50_000;

    private static final String LINES = "v1.dev.txt";
    private static final String BINS = "v1.interval_map.txt";
    private static final Duration LINE = Duration.ofMinutes(5);

    private TraceWorkload() {}

    /**
     * @param folder with {@code v1.dev.txt} (a line per 300 s: seconds, a blank, letters with commas between them, {@code |}
     *     after each batch) and {@code flav_map.txt} ({@code vCPU,memory-in-GB letter}). If it also has {@code v1.dev.cN.txt}
     *     (the same shape with {@code U3} for a lifetime in bin 3, {@code C3} for one that had not ended) and
     *     {@code v1.interval_map.txt} ({@code seconds bin}), instances come and go
     * @param times how many times as fast as recorded
     */
    static Workload of(Path folder, double times) throws IOException {
        Map<String, Resources> flavors = flavors(folder.resolve("flav_map.txt"));
        List<String> lifetimes = lifetimes(folder);
        Map<Integer, Duration> bins = lifetimes.isEmpty() ? Map.of() : bins(folder.resolve(BINS));
        List<Visit> visits = new ArrayList<>();
        List<String> lines = Files.readAllLines(folder.resolve(LINES));
        @Nullable Duration began = null;
        for (int i = 0; i < lines.size() && visits.size() < ARRIVALS; i++) {
            String line = lines.get(i);
            Duration at = seconds(line);
            began = began == null ? at : began;
            visits.addAll(visits(
                    at.minus(began),
                    words(line),
                    i < lifetimes.size() ? words(lifetimes.get(i)) : List.of(),
                    flavors,
                    bins));
        }
        if (visits.isEmpty()) {
            throw new IOException("no arrival of a known flavor in " + folder.resolve(LINES));
        }
        List<Resources> sizes = visits.stream().map(Visit::size).toList();
        RecordedVisits recorded = lifetimes.isEmpty() ? null : new RecordedVisits(visits, times);
        return new Workload() {
            @Override
            public Resources next(Dice dice) {
                return dice.pick(sizes);
            }

            @Override
            public Optional<RecordedVisits> visits() {
                return Optional.ofNullable(recorded);
            }
        };
    }

    /** A batch is one owner's request and arrives at once; the batches of a line are spread over its time. */
    private static List<Visit> visits(
            Duration at,
            List<String> words,
            List<String> stays,
            Map<String, Resources> flavors,
            Map<Integer, Duration> bins)
            throws IOException {
        long batches = words.stream().filter("|"::equals).count() + 1;
        List<Visit> visits = new ArrayList<>();
        int batch = 0;
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).equals("|")) {
                batch++;
            }
            Resources size = flavors.get(words.get(i));
            if (size != null) {
                Duration arrives = at.plus(LINE.multipliedBy(batch).dividedBy(batches));
                visits.add(new Visit(arrives, size, i < stays.size() ? stay(stays.get(i), bins) : null));
            }
        }
        return visits;
    }

    /** {@code U3}: it ended after a time of bin 3. {@code C3}: it had not, when somebody looked last. */
    private static @Nullable Duration stay(String word, Map<Integer, Duration> bins) throws IOException {
        if (word.startsWith("C")) {
            return null;
        }
        Duration stays = word.matches("U\\d{1,6}") ? bins.get(Integer.parseInt(word.substring(1))) : null;
        if (stays == null) {
            throw new IOException(
                    "not a lifetime: '" + word + "', expected U and a bin of " + BINS + ", or C and a bin");
        }
        return stays;
    }

    private static Duration seconds(String line) throws IOException {
        try {
            return Duration.ofSeconds(Long.parseLong(line.substring(0, Math.max(0, line.indexOf(' ')))));
        } catch (NumberFormatException strange) {
            throw new IOException(
                    "a line of " + LINES + " begins with seconds and a blank, not '" + line + "'", strange);
        }
    }

    private static List<String> words(String line) {
        return Stream.of(line.substring(line.indexOf(' ') + 1).split(",", -1))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static Map<String, Resources> flavors(Path file) throws IOException {
        Map<String, Resources> flavors = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            String[] parts = line.strip().split("[ ,]+", -1);
            if (parts.length == 3) {
                int vcpus = (int) Math.ceil(Double.parseDouble(parts[0]));
                int memory = (int) (Double.parseDouble(parts[1]) * 1024);
                flavors.put(parts[2], new Resources(vcpus, memory, 10));
            }
        }
        return flavors;
    }

    /** The lines of the file of lifetimes; none when there is no such file. */
    private static List<String> lifetimes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            Optional<Path> file = files.filter(
                            one -> one.getFileName().toString().matches("v1\\.dev\\.c\\d+\\.txt"))
                    .sorted()
                    .findFirst();
            return file.isEmpty() ? List.of() : Files.readAllLines(file.get());
        }
    }

    /** The longest time of each bin; of the first, which is for those that ended within their line, half a line. */
    private static Map<Integer, Duration> bins(Path file) throws IOException {
        Map<Integer, Duration> bins = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            String[] parts = line.strip().split(" +", -1);
            if (parts.length == 2) {
                bins.merge(
                        Integer.parseInt(parts[1]),
                        longer(Duration.ofSeconds(Long.parseLong(parts[0])), LINE.dividedBy(2)),
                        TraceWorkload::longer);
            }
        }
        return bins;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
