package io.holdfast.chaos.bench.scheduler;

import io.holdfast.chaos.bench.scheduler.Arrivals.Arrival;
import io.holdfast.model.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads real arrivals: the Azure public dataset V1 (Cortez et al., "Resource Central", SOSP 2017; CC-BY 4.0) in its processed form.
 *
 * <p>Four files of one folder. {@code v1.dev.txt} has a line for each 300 s: the second, a space, and the flavors of those who came, with
 * commas between; {@code |} ends one customer's request. {@code v1.dev.c2100000.txt} is the same with lifetimes: {@code U15} stayed as long as
 * bin 15 says, {@code C46} was still there at the end. {@code flav_map.txt} says what a flavor is, {@code v1.interval_map.txt} which
 * seconds are in a bin. Of a bin with more than one length the middle is taken.
 */
final class AzureTrace {

    private static final String FLAVORS = "flav_map.txt";
    private static final String BINS = "v1.interval_map.txt";
    private static final String COMING = "v1.dev.txt";
    private static final String STAYING = "v1.dev.c2100000.txt";

    private AzureTrace() {}

    /** @throws IllegalArgumentException when the folder is not such a trace; says which file and line */
    static Arrivals read(Path folder) {
        Map<String, Resources> flavors = flavors(folder);
        Map<Integer, Long> bins = bins(folder);
        List<String> coming = lines(folder, COMING);
        List<String> staying = lines(folder, STAYING);
        if (coming.size() != staying.size()) {
            throw new IllegalArgumentException(folder + ": " + COMING + " has " + coming.size() + " lines, " + STAYING
                    + " has " + staying.size() + "; they must be of the same trace");
        }
        List<Arrival> all = new ArrayList<>();
        long first = -1;
        for (int i = 0; i < coming.size(); i++) {
            String where = folder.resolve(COMING) + ", line " + (i + 1);
            String[] who = words(coming.get(i), where);
            String[] stay = words(staying.get(i), where);
            if (!who[0].equals(stay[0]) || who.length != stay.length) {
                throw new IllegalArgumentException(where + ": not the same as in " + STAYING);
            }
            long second = number(who[0], where);
            first = first < 0 ? second : first;
            for (int w = 1; w < who.length; w++) {
                if (who[w].equals("|") != stay[w].equals("|")) {
                    throw new IllegalArgumentException(where + ": not the same as in " + STAYING);
                }
                if (who[w].equals("|")) {
                    continue;
                }
                Resources wants = flavors.get(who[w]);
                if (wants == null) {
                    throw new IllegalArgumentException(where + ": flavor '" + who[w] + "' is not in " + FLAVORS);
                }
                all.add(new Arrival(second - first, wants, stays(stay[w], bins, where)));
            }
        }
        return new Arrivals("the arrivals of " + folder.getFileName(), all);
    }

    private static long stays(String word, Map<Integer, Long> bins, String where) {
        return switch (word.isEmpty() ? ' ' : word.charAt(0)) {
            case 'C' -> Long.MAX_VALUE;
            case 'U' -> {
                Long seconds = bins.get((int) number(word.substring(1), where));
                if (seconds == null) {
                    throw new IllegalArgumentException(where + ": " + BINS + " does not have the bin of " + word);
                }
                yield seconds;
            }
            default -> throw new IllegalArgumentException(where + ": a stay begins with U or C, not '" + word + "'");
        };
    }

    private static Map<String, Resources> flavors(Path folder) {
        Map<String, Resources> flavors = new HashMap<>();
        for (String line : lines(folder, FLAVORS)) {
            String[] parts = line.trim().split("[ ,]", -1);
            if (parts.length != 3) {
                throw new IllegalArgumentException(
                        folder.resolve(FLAVORS) + ": '" + line + "' is not 'vCPU,GiB letter'");
            }
            String where = folder.resolve(FLAVORS).toString();
            flavors.put(
                    parts[2], new Resources((int) number(parts[0], where), (int) (1024 * decimal(parts[1], where)), 0));
        }
        return flavors;
    }

    private static Map<Integer, Long> bins(Path folder) {
        Map<Integer, long[]> ends = new TreeMap<>();
        String where = folder.resolve(BINS).toString();
        for (String line : lines(folder, BINS)) {
            String[] parts = line.trim().split(" ", -1);
            if (parts.length != 2) {
                throw new IllegalArgumentException(where + ": '" + line + "' is not 'seconds bin'");
            }
            long seconds = number(parts[0], where);
            long[] end = ends.computeIfAbsent((int) number(parts[1], where), _ -> new long[] {seconds, seconds});
            end[0] = Math.min(end[0], seconds);
            end[1] = Math.max(end[1], seconds);
        }
        Map<Integer, Long> middles = new HashMap<>();
        ends.forEach((bin, end) -> middles.put(bin, (end[0] + end[1]) / 2));
        return middles;
    }

    /** The second, then each word between commas. */
    private static String[] words(String line, String where) {
        int space = line.indexOf(' ');
        if (space < 0) {
            throw new IllegalArgumentException(where + ": no space after the second");
        }
        return (line.substring(0, space) + "," + line.substring(space + 1)).split(",", 0);
    }

    private static List<String> lines(Path folder, String name) {
        Path file = folder.resolve(name);
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new IllegalArgumentException("--trace: " + file + " cannot be read: " + e, e);
        }
    }

    private static long number(String text, String where) {
        return (long) decimal(text, where);
    }

    private static double decimal(String text, String where) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(where + ": '" + text + "' is not a number", e);
        }
    }
}
