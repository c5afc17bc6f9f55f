package io.holdfast.chaos.sim.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.sim.Outcome;
import io.holdfast.chaos.sim.Violation;
import io.holdfast.server.cli.Terminal;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The figures of many seeds, for people or as one JSON object. */
final class Report {

    private Report() {}

    /** @param violation null when it survived */
    record Found(String mutant, @Nullable Violation violation) {

        String line() {
            return violation == null
                    ? "mutant " + mutant + " SURVIVED: a checker or a fault is missing"
                    : "mutant " + mutant + " found by seed " + violation.seed() + ": " + violation.invariant();
        }
    }

    static void print(Terminal terminal, List<Outcome> outcomes, Effort effort, boolean json, boolean story) {
        if (json) {
            terminal.out().println(json(outcomes, effort, story));
        } else {
            double wall = effort.wallSeconds();
            int violations = sum(outcomes, outcome -> outcome.violations().size());
            double simulated = total(outcomes, Outcome::simulatedSeconds);
            List<Double> outages = outages(outcomes);
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "%d seeds, %d violations; %.0f s simulated in %.1f s (%.0f times as fast, %.0f times per"
                                    + " core), %.0f host hours%n%d fences (%d wrongful), %d suspicions (%d false), %d recoveries; outages"
                                    + " p50 %.1f s, p99 %.1f s, longest %.1f s%n",
                            outcomes.size(),
                            violations,
                            simulated,
                            wall,
                            simulated / wall,
                            simulated / effort.cpuSeconds(),
                            total(outcomes, Outcome::hostHours),
                            sum(outcomes, Outcome::fences),
                            sum(outcomes, Outcome::wrongfulFences),
                            sum(outcomes, Outcome::suspicions),
                            sum(outcomes, Outcome::falseSuspicions),
                            sum(outcomes, Outcome::recoveries),
                            at(outages, 0.5),
                            at(outages, 0.99),
                            at(outages, 1));
            int arrived = sum(outcomes, Outcome::arrived);
            if (arrived > 0) {
                terminal.out()
                        .printf(
                                Locale.ROOT,
                                "%d recorded instances arrived, %d left%n",
                                arrived,
                                sum(outcomes, Outcome::left));
            }
        }
        terminal.out().flush();
    }

    private static ObjectNode json(List<Outcome> outcomes, Effort effort, boolean story) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("seeds", outcomes.size());
        ArrayNode violations = node.putArray("violations");
        for (Outcome outcome : outcomes) {
            outcome.violations().forEach(violation -> put(violations.addObject(), violation));
        }
        node.put("simulatedSeconds", total(outcomes, Outcome::simulatedSeconds));
        node.put("wallSeconds", effort.wallSeconds());
        node.put("cpuSeconds", effort.cpuSeconds());
        node.put("hostHours", total(outcomes, Outcome::hostHours));
        node.put("fences", sum(outcomes, Outcome::fences));
        node.put("wrongfulFences", sum(outcomes, Outcome::wrongfulFences));
        node.put("suspicions", sum(outcomes, Outcome::suspicions));
        node.put("falseSuspicions", sum(outcomes, Outcome::falseSuspicions));
        node.put("recoveries", sum(outcomes, Outcome::recoveries));
        node.put("arrived", sum(outcomes, Outcome::arrived));
        node.put("left", sum(outcomes, Outcome::left));
        List<Double> outages = outages(outcomes);
        node.putObject("outageSeconds")
                .put("p50", at(outages, 0.5))
                .put("p99", at(outages, 0.99))
                .put("max", at(outages, 1));
        ArrayNode hashes = node.putArray("stories");
        for (Outcome outcome : outcomes) {
            ObjectNode one = hashes.addObject().put("seed", outcome.seed()).put("hash", outcome.hash());
            if (story) {
                ArrayNode lines = one.putArray("lines");
                outcome.story().forEach(lines::add);
            }
        }
        return node;
    }

    private static void put(ObjectNode node, Violation violation) {
        node.put("seed", violation.seed())
                .put("invariant", violation.invariant())
                .put("at", violation.at().toNanos() / 1e9)
                .put("what", violation.what());
        ArrayNode lines = node.putArray("story");
        violation.story().forEach(lines::add);
    }

    static void printMutants(Terminal terminal, List<Found> all, double wall, boolean json) {
        long found = all.stream().filter(one -> one.violation() != null).count();
        if (!json) {
            terminal.out().printf(Locale.ROOT, "%d of %d mutants found in %.1f s%n", found, all.size(), wall);
            terminal.out().flush();
            return;
        }
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        ArrayNode mutants = node.putArray("mutants");
        for (Found one : all) {
            ObjectNode entry = mutants.addObject().put("name", one.mutant()).put("found", one.violation() != null);
            Violation violation = one.violation();
            if (violation != null) {
                entry.put("seed", violation.seed()).put("invariant", violation.invariant());
            }
        }
        node.put("wallSeconds", wall);
        terminal.out().println(node);
        terminal.out().flush();
    }

    private static int sum(List<Outcome> outcomes, ToIntFunction<Outcome> what) {
        return outcomes.stream().mapToInt(what).sum();
    }

    private static double total(List<Outcome> outcomes, ToDoubleFunction<Outcome> what) {
        return outcomes.stream().mapToDouble(what).sum();
    }

    private static List<Double> outages(List<Outcome> outcomes) {
        return outcomes.stream()
                .flatMap(outcome -> outcome.outages().stream())
                .sorted()
                .toList();
    }

    private static double at(List<Double> sorted, double share) {
        return sorted.isEmpty() ? 0 : sorted.get(Math.min(sorted.size() - 1, (int) (share * sorted.size())));
    }
}
