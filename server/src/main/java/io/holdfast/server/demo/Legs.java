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

    void add(Map<String, Double> run) {
        run.forEach((name, value) -> {
            List<Double> values = millis.get(name);
            if (values == null) {
                throw new IllegalArgumentException("no such leg: " + name);
            }
            values.add(value);
        });
    }

    Map<String, Leg> summary() {
        Map<String, Leg> summary = new LinkedHashMap<>();
        millis.forEach((name, values) -> {
            if (!values.isEmpty()) {
                summary.put(
                        name,
                        new Leg(
                                values.size(),
                                percentile(values, 50),
                                percentile(values, 95),
                                percentile(values, 99),
                                Collections.max(values)));
            }
        });
        return summary;
    }

    static double percentile(List<Double> values, int percent) {
        List<Double> sorted = values.stream().sorted().toList();
        int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
        return sorted.get(Math.max(1, rank) - 1);
    }

    /** @param runs how many of them got to the end of this leg */
    record Leg(int runs, double p50Millis, double p95Millis, double p99Millis, double maxMillis) {}
}
