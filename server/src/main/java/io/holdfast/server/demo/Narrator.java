package io.holdfast.server.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tells people what happens, in lines of at most 80 columns: as it happens, or, of many runs, one line for each that went well
 * and the whole story of each that did not.
 *
 * <p>Two threads speak: the one that plays, and the one that is woken by Ctrl-C and has the last word.
 */
final class Narrator {

    private static final int WIDTH = 80;

    private final PrintWriter out;
    private final boolean brief;
    private final StringBuilder page = new StringBuilder();
    private final Set<Timeline.Entry> told = new HashSet<>();
    private boolean over;

    private Narrator(PrintWriter out, boolean brief) {
        this.out = out;
        this.brief = brief;
    }

    /** Tells everything, as it happens. */
    static Narrator of(PrintWriter out) {
        return new Narrator(out, false);
    }

    /** Tells a line for each run, and the rest only of those that failed. */
    static Narrator ofMany(PrintWriter out) {
        return new Narrator(out, true);
    }

    synchronized void newRun() {
        told.clear();
        page.setLength(0);
    }

    synchronized void chapter(String title) {
        say("");
        say(fit("== " + title));
    }

    synchronized void line(String text) {
        say(fit("   " + text));
    }

    /** Prints what the timeline has and was not told yet. */
    synchronized void tell(Timeline timeline, Cast cast) {
        for (Timeline.Entry entry : timeline.entries()) {
            if (told.add(entry)) {
                String subject = cast.named(entry.subject());
                String head =
                        String.format(Locale.ROOT, "%8.0f ms  %-9s %-16s ", entry.atMillis(), subject, entry.kind());
                sayWrapped(head, entry.text());
            }
        }
    }

    synchronized void check(Check check) {
        sayWrapped(check.ok() ? "   ok    " : "   FAIL  ", check.name() + ": " + check.detail());
    }

    /** A run is over. */
    synchronized void ran(RunResult result, int of) {
        if (!brief || over) {
            return;
        }
        if (!result.ok()) {
            out.print(page);
            out.println();
        }
        page.setLength(0);
        String legs = result.legs().entrySet().stream()
                .map(leg -> String.format(Locale.ROOT, "%s %.0f", shortly(leg.getKey()), leg.getValue()))
                .collect(Collectors.joining(", "));
        String head = String.format(
                Locale.ROOT, "%" + Integer.toString(of).length() + "d/%d %s ", result.run(), of, result.host());
        print(head + (result.ok() ? "ok    " : "FAIL  "), legs.isEmpty() ? "nothing was measured" : legs);
        out.flush();
    }

    /** So that the legs of a run have room on one line. */
    private static String shortly(String leg) {
        return switch (leg) {
            case "firstHeartbeat" -> "first";
            case "allHeartbeats" -> "all";
            default -> leg;
        };
    }

    /** The last words; nothing is told after them. */
    synchronized void end(List<String> lines) {
        if (over) {
            return;
        }
        over = true;
        out.println();
        // What is too long for a line is a reason, and no row of the table.
        lines.forEach(line -> print("", line));
        out.flush();
    }

    private void say(String line) {
        if (over) {
            return;
        }
        if (brief) {
            page.append(line).append(System.lineSeparator());
        } else {
            out.println(line);
            out.flush();
        }
    }

    private void sayWrapped(String head, String text) {
        wrapped(head, text).forEach(this::say);
    }

    private void print(String head, String text) {
        wrapped(head, text).forEach(out::println);
    }

    /** A text that is too long goes on below its own beginning: what a step found is at its end. */
    private static List<String> wrapped(String head, String text) {
        List<String> lines = new ArrayList<>();
        int room = Math.max(WIDTH - head.length(), 20);
        String prefix = head;
        String rest = text;
        while (rest.length() > room) {
            int space = rest.lastIndexOf(' ', room);
            int cut = space > 0 ? space : room;
            lines.add(prefix + rest.substring(0, cut));
            rest = rest.substring(cut).stripLeading();
            prefix = " ".repeat(head.length());
        }
        lines.add(prefix + rest);
        return lines;
    }

    private static String fit(String line) {
        return line.length() <= WIDTH ? line : line.substring(0, WIDTH - 1) + "…";
    }
}
