package io.holdfast.server.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How long each leg of the story took, over all runs. Percentiles are by nearest rank: always a value that was measured. */
final class Legs {

    /** In the order in which they happen. */
    static final List<String> NAMES =
            List.of("told", "degraded", "verdict", "fenced", "firstHeartbeat", "allHeartbeats", "cleared");

    private final Map<String, List<Double>> millis = new LinkedHashMap<>();

    Legs() {
        NAMES.forEach(name -> millis.put(name, new ArrayList<>()));
    }

    static Legs of(List<RunResult> runs) {
        Legs legs = new Legs();
        runs.forEach(run -> legs.add(run.legs()));
        return legs;
    }

    void add(Map<String, Double> run) {
        run.forEach((name, value) -> {
            List<Double> values = millis.get(name);
            if (values == null) {
                throw new IllegalArgumentException("no such leg: " + name);
            }
            values.add(value);
        });
    }

    /** Of the runs that got to the end of that leg, in their order. */
    List<Double> millis(String leg) {
        return List.copyOf(millis.getOrDefault(leg, List.of()));
    }

    /** The legs that at least one run got to the end of. */
    Map<String, Leg> summary() {
        Map<String, Leg> summary = new LinkedHashMap<>();
        millis.forEach((name, values) -> {
            if (!values.isEmpty()) {
                summary.put(
                        name,
                        new Leg(
                                values.size(),
                                Collections.min(values),
                                percentile(values, 50),
                                percentile(values, 90),
                                percentile(values, 99),
                                Collections.max(values)));
            }
        });
        return summary;
    }

    /**
     * The smallest of the values that at least that share of them does not exceed. With fewer than a hundred values the 99th
     * percentile is the largest.
     *
     * @param values at least one
     * @param percent 1 to 100
     */
    static double percentile(List<Double> values, int percent) {
        List<Double> sorted = values.stream().sorted().toList();
        // In whole numbers: 0.07 * 100 is a little more than 7, and its rank would be the eighth.
        int rank = (percent * sorted.size() + 99) / 100;
        return sorted.get(rank - 1);
    }

    /** @param runs how many of them got to the end of this leg */
    record Leg(int runs, double minMillis, double p50Millis, double p90Millis, double p99Millis, double maxMillis) {}
}
