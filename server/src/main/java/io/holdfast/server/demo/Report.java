package io.holdfast.server.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of so many runs.
 *
 * @param requested how many runs there were to be
 * @param runs those that were told to their end
 * @param ended why there were no more; null when all were told
 */
record Report(
        Failure failure,
        boolean simulated,
        int requested,
        List<RunResult> runs,
        @Nullable String ended) {

    /** The exit code of a demo that did not keep what it promised. */
    static final int BROKEN = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Whether everything was told, and every promise kept. */
    boolean ok() {
        return runs.size() == requested && runs.stream().allMatch(RunResult::ok);
    }

    List<Goal.Outcome> outcomes() {
        return Goal.judge(failure.goals(), Legs.of(runs), runs.size());
    }

    boolean goalsMet() {
        return outcomes().stream().allMatch(Goal.Outcome::met);
    }

    /** @param goals whether a goal that was missed fails the command */
    int exitCode(boolean goals) {
        return ok() && (goalsMet() || !goals) ? 0 : BROKEN;
    }

    /** For people: a row for each leg, no line wider than 80 columns but where a reason is longer. */
    List<String> lines() {
        Map<String, Legs.Leg> legs = Legs.of(runs).summary();
        List<Goal.Outcome> outcomes = outcomes();
        List<String> lines = new ArrayList<>();
        lines.add(row("since the failure, in ms", "runs", "min", "p50", "p90", "p99", "max", "goal", "over"));
        for (String name : Legs.NAMES) {
            Optional<Goal.Outcome> goal =
                    outcomes.stream().filter(one -> one.leg().equals(name)).findFirst();
            Legs.Leg leg = legs.get(name);
            if (leg != null || goal.isPresent()) {
                lines.add(row(name, leg, goal));
            }
        }
        lines.add("");
        List<Goal.Outcome> missed = outcomes.stream().filter(one -> !one.met()).toList();
        missed.forEach(one -> lines.add(missed(one)));
        if (missed.isEmpty()) {
            lines.add("every goal was met");
        }
        for (RunResult run : runs) {
            run.problems().forEach(problem -> lines.add("run " + run.run() + ", " + run.host() + ": " + problem));
        }
        long good = runs.stream().filter(RunResult::ok).count();
        lines.add(good + " of " + runs.size() + (runs.size() == 1 ? " run" : " runs") + " kept every promise"
                + (runs.size() == requested ? "" : "; " + requested + " were asked for"));
        if (ended != null) {
            lines.add(ended);
        }
        return lines;
    }

    private static String row(String name, Legs.@Nullable Leg leg, Optional<Goal.Outcome> goal) {
        String limit =
                goal.map(one -> "p" + one.percentile() + " " + one.goalMillis()).orElse("");
        String over = goal.map(one -> Integer.toString(one.over())).orElse("");
        return leg == null
                ? row(words(name), "0", "-", "-", "-", "-", "-", limit, over)
                : row(
                        words(name),
                        Integer.toString(leg.runs()),
                        whole(leg.minMillis()),
                        whole(leg.p50Millis()),
                        whole(leg.p90Millis()),
                        whole(leg.p99Millis()),
                        whole(leg.maxMillis()),
                        limit,
                        over);
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, "%-24s %4s %6s %6s %6s %6s %6s %9s %4s", cells)
                .stripTrailing();
    }

    private static String missed(Goal.Outcome outcome) {
        return "MISSED: " + words(outcome.leg()) + ", goal p" + outcome.percentile() + " " + outcome.goalMillis()
                + " ms; "
                + (outcome.measuredMillis() < 0 ? "no run got there" : "it is " + whole(outcome.measuredMillis()))
                + ", " + outcome.over() + " over it or never there";
    }

    private static String whole(double millis) {
        return String.format(Locale.ROOT, "%.0f", millis);
    }

    /** @param leg one of {@link Legs#NAMES} */
    private static String words(String leg) {
        return switch (leg) {
            case "told" -> "owner told: suspected";
            case "degraded" -> "owner told: degraded";
            case "cleared" -> "owner told: well again";
            case "verdict" -> "host condemned";
            case "fenced" -> "host proven off";
            case "firstHeartbeat" -> "first guest beats anew";
            case "allHeartbeats" -> "all four guests beat";
            default -> throw new IllegalArgumentException("no such leg: " + leg);
        };
    }

    /** For programs: the same, with every run's checks, legs and timeline. */
    ObjectNode json() {
        ObjectNode report = JSON.createObjectNode();
        report.put("ok", ok()).put("simulated", simulated);
        report.put("failure", failure.word()).put("goalsMet", goalsMet());
        report.put("requested", requested).put("played", runs.size()).put("ended", ended);
        report.set("goals", JSON.valueToTree(outcomes()));
        report.set("runs", JSON.valueToTree(runs));
        report.set("legs", JSON.valueToTree(Legs.of(runs).summary()));
        return report;
    }
}
