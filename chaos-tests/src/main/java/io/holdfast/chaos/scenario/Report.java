package io.holdfast.chaos.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was played, for people and for programs. */
final class Report {

    private Report() {}

    /** Line by line; a scenario that passed is one line. */
    static List<String> lines(List<Outcome> outcomes, List<String> recorded, boolean story) {
        List<String> lines = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            lines.add((outcome.passed() ? "passed  " : "FAILED  ")
                    + outcome.scenario().name()
                    + (recorded.contains(outcome.scenario().name()) ? "  (story recorded)" : ""));
            for (Outcome.Violated violated : outcome.violations()) {
                lines.add("  " + violated.invariant() + " VIOLATED at " + seconds(violated.at()) + " s: "
                        + violated.text());
            }
            for (String difference : outcome.differences()) {
                difference.lines().forEach(line -> lines.add("  " + line));
            }
            if (story) {
                outcome.story().forEach(line -> lines.add("    " + line));
            }
        }
        long passed = outcomes.stream().filter(Outcome::passed).count();
        lines.add(passed + " of " + outcomes.size() + " scenarios passed");
        return lines;
    }

    /** One object; its keys are in {@code docs/scenarios.md}. */
    static String json(List<Outcome> outcomes, List<String> recorded, boolean story) {
        List<Map<String, Object>> scenarios = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", outcome.scenario().name());
            one.put("passed", outcome.passed());
            one.put("differences", outcome.differences());
            one.put("fenced", outcome.seen().fenced());
            Map<String, Object> instances = new LinkedHashMap<>();
            outcome.seen().instances().forEach((name, history) -> {
                List<Map<String, Object>> changes = new ArrayList<>();
                for (Observed.Change change : history.changes()) {
                    Map<String, Object> each = new LinkedHashMap<>();
                    each.put("time", seconds(change.time()));
                    each.put("host", change.host());
                    each.put("state", change.state());
                    changes.add(each);
                }
                instances.put(name, changes);
            });
            one.put("instances", instances);
            List<Map<String, Object>> violations = new ArrayList<>();
            for (Outcome.Violated violated : outcome.violations()) {
                violations.add(Map.of(
                        "invariant", violated.invariant(), "at", seconds(violated.at()), "text", violated.text()));
            }
            one.put("violations", violations);
            one.put("recorded", recorded.contains(outcome.scenario().name()));
            one.put("simulatedSeconds", seconds(outcome.simulated()));
            if (story) {
                one.put("story", outcome.story());
            }
            scenarios.add(one);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("passed", outcomes.stream().allMatch(Outcome::passed));
        all.put("scenarios", scenarios);
        try {
            return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report of texts and numbers is always JSON", e);
        }
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
