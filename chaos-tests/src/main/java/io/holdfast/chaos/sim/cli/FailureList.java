package io.holdfast.chaos.sim.cli;

import io.holdfast.chaos.sim.FailureHistory;
import io.holdfast.chaos.sim.FailureHistory.Failure;
import io.holdfast.chaos.sim.FailureHistory.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * Reads a list of failed hosts: comma-separated, or the same with gzip, with the columns of the failure data that Los
 * Alamos National Laboratory has published. What its columns mean is in {@code docs/design/simulator.md}.
 */
final class FailureList {

    private static final String SYSTEM = "System";
    private static final String NODES = "nodes";
    private static final String NODE = "nodenum";
    private static final String STARTED = "Prob Started";
    private static final String DOWN = "Down Time";
    private static final String SOFTWARE = "Software";
    private static final String NETWORK = "Network";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("M/d/yyyy H:mm", Locale.ROOT);

    /** Failures of a system that begin within this time of the one before belong together. */
    private static final Duration TOGETHER = Duration.ofMinutes(5);

    private final Path file;
    private final Map<String, Integer> columns = new HashMap<>();
    private final Map<String, Watched> systems = new TreeMap<>();

    private record Row(LocalDateTime at, Kind kind, Duration down) {}

    private static final class Watched {
        private int nodes;
        private final Set<String> seen = new HashSet<>();
        private final List<Row> rows = new ArrayList<>();
    }

    private FailureList(Path file) {
        this.file = file;
    }

    /** @throws IOException with the file, the line and what was expected, for whatever cannot be read */
    static FailureHistory of(Path file) throws IOException {
        FailureList list = new FailureList(file);
        try (BufferedReader lines = open(file)) {
            list.header(lines.readLine());
            int number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    list.row(number, line.split(",", -1));
                }
            }
        } catch (NoSuchFileException missing) {
            throw new IOException("no such file: " + file, missing);
        }
        return list.history();
    }

    private static BufferedReader open(Path file) throws IOException {
        InputStream raw = Files.newInputStream(file);
        InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8));
    }

    private void header(String line) throws IOException {
        if (line == null) {
            throw new IOException(file + " is empty; expected a line with the names of columns");
        }
        String[] names = line.split(",", -1);
        for (int i = 0; i < names.length; i++) {
            columns.putIfAbsent(names[i].strip(), i);
        }
        for (String needed : List.of(SYSTEM, NODES, NODE, STARTED, DOWN, SOFTWARE, NETWORK)) {
            if (!columns.containsKey(needed)) {
                throw wrong(1, "there is no column '" + needed + "'; found: " + String.join(", ", names));
            }
        }
    }

    private void row(int number, String[] cells) throws IOException {
        Watched system = systems.computeIfAbsent(cell(number, cells, SYSTEM), _ -> new Watched());
        system.seen.add(cell(number, cells, NODE));
        String nodes = cell(number, cells, NODES);
        if (!nodes.isEmpty()) {
            system.nodes = Math.max(system.nodes, (int) whole(number, NODES, nodes));
        }
        String started = cell(number, cells, STARTED);
        LocalDateTime at;
        try {
            at = LocalDateTime.parse(started, TIME);
        } catch (DateTimeParseException notATime) {
            throw wrong(number, "'" + STARTED + "' must be a time such as 6/21/2005 10:54, is '" + started + "'");
        }
        Kind kind = !cell(number, cells, SOFTWARE).isEmpty()
                ? Kind.KERNEL
                : !cell(number, cells, NETWORK).isEmpty() ? Kind.NETWORK : Kind.POWER;
        Duration down = Duration.ofMinutes(whole(number, DOWN, cell(number, cells, DOWN)));
        system.rows.add(new Row(at, kind, down));
    }

    private String cell(int number, String[] cells, String column) throws IOException {
        int at = columns.getOrDefault(column, -1);
        if (at >= cells.length) {
            throw wrong(number, "there are " + cells.length + " cells, and '" + column + "' is number " + (at + 1));
        }
        return cells[at].strip();
    }

    private long whole(int number, String column, String text) throws IOException {
        if (!text.matches("[0-9]{1,9}")) {
            throw wrong(number, "'" + column + "' must be a whole number, is '" + text + "'");
        }
        return Long.parseLong(text);
    }

    private IOException wrong(int number, String what) {
        return new IOException(file + ", line " + number + ": " + what);
    }

    private FailureHistory history() throws IOException {
        List<List<Failure>> bursts = new ArrayList<>();
        Duration watched = Duration.ZERO;
        for (Watched system : systems.values()) {
            system.rows.sort(Comparator.comparing(Row::at));
            LocalDateTime first = system.rows.getFirst().at();
            LocalDateTime last = system.rows.getLast().at();
            int nodes = Math.max(system.nodes, system.seen.size());
            watched = watched.plus(Duration.between(first, last).multipliedBy(nodes));
            LocalDateTime began = first;
            LocalDateTime before = first;
            List<Failure> burst = new ArrayList<>();
            for (Row row : system.rows) {
                if (!burst.isEmpty() && Duration.between(before, row.at()).compareTo(TOGETHER) > 0) {
                    bursts.add(burst);
                    burst = new ArrayList<>();
                }
                began = burst.isEmpty() ? row.at() : began;
                burst.add(new Failure(row.kind(), Duration.between(began, row.at()), row.down()));
                before = row.at();
            }
            bursts.add(burst);
        }
        if (bursts.isEmpty() || !watched.isPositive()) {
            throw new IOException(file + " must list at least two failures of one system, at different times");
        }
        return new FailureHistory(watched.dividedBy(bursts.size()), bursts);
    }
}
