package io.holdfast.server.demo;

import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Tells people what happens, as it happens, in lines of at most 80 columns. */
final class Narrator {

    private static final int WIDTH = 80;

    private final PrintWriter out;
    private final Set<Timeline.Entry> told = new HashSet<>();

    Narrator(PrintWriter out) {
        this.out = out;
    }

    void newRun() {
        told.clear();
    }

    void chapter(String title) {
        out.println();
        out.println(fit("== " + title));
        out.flush();
    }

    void line(String text) {
        out.println(fit("   " + text));
        out.flush();
    }

    /** Prints what the timeline has and was not told yet. */
    void tell(Timeline timeline, Cast cast) {
        for (Timeline.Entry entry : timeline.entries()) {
            if (told.add(entry)) {
                String subject = cast.named(entry.subject());
                String head =
                        String.format(Locale.ROOT, "%8.0f ms  %-9s %-16s ", entry.atMillis(), subject, entry.kind());
                printWrapped(head, entry.text());
            }
        }
        out.flush();
    }

    void check(Check check) {
        printWrapped(check.ok() ? "   ok    " : "   FAIL  ", check.name() + ": " + check.detail());
        out.flush();
    }

    /** A text that is too long goes on below its own beginning: what a step found is at its end. */
    private void printWrapped(String head, String text) {
        int room = Math.max(WIDTH - head.length(), 20);
        String prefix = head;
        String rest = text;
        while (rest.length() > room) {
            int space = rest.lastIndexOf(' ', room);
            int cut = space > 0 ? space : room;
            out.println(prefix + rest.substring(0, cut));
            rest = rest.substring(cut).stripLeading();
            prefix = " ".repeat(head.length());
        }
        out.println(prefix + rest);
    }

    /** The table at the end: a row for each leg. */
    void summary(List<RunResult> runs, Map<String, Legs.Leg> legs, List<Goal.Outcome> goals) {
        out.println();
        out.println(String.format(
                Locale.ROOT, "%-40s %8s %8s %8s %8s", "since the failure, in ms", "p50", "p95", "p99", "max"));
        legs.forEach((name, leg) -> out.println(String.format(
                Locale.ROOT,
                "%-40s %8.0f %8.0f %8.0f %8.0f",
                sentence(name),
                leg.p50Millis(),
                leg.p95Millis(),
                leg.p99Millis(),
                leg.maxMillis())));
        out.println();
        goals.forEach(goal -> out.println(fit(String.format(
                Locale.ROOT,
                "%-9s p%d at most %d ms: %s",
                goal.met() ? "goal met" : "MISSED",
                goal.percentile(),
                goal.goalMillis(),
                sentence(goal.leg())))));
        long good = runs.stream().filter(RunResult::ok).count();
        out.println();
        out.println(good + " of " + runs.size() + (runs.size() == 1 ? " run" : " runs") + " kept every promise");
        out.flush();
    }

    private static String sentence(String leg) {
        return switch (leg) {
            case "told" -> "the owner was told of the suspicion";
            case "degraded" -> "the owner was told that it is degraded";
            case "cleared" -> "the owner was told that it is well again";
            case "verdict" -> "the host was condemned";
            case "fenced" -> "the host was proven off";
            case "firstHeartbeat" -> "first guest beats on its new home";
            case "allHeartbeats" -> "all four guests beat on their new homes";
            default -> leg;
        };
    }

    private static String fit(String line) {
        return line.length() <= WIDTH ? line : line.substring(0, WIDTH - 1) + "…";
    }
}
