package io.holdfast.chaos.scenario;

import io.holdfast.chaos.scenario.ExpectedEnd.Ending;
import io.holdfast.chaos.scenario.ExpectedEnd.State;
import io.holdfast.chaos.scenario.Observed.Change;
import io.holdfast.chaos.scenario.Observed.History;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.server.settings.Durations;
import io.holdfast.server.settings.Keys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares what was seen with what was expected. Says each difference in a sentence; none is a pass. */
final class Judge {

    /** How every difference of the story begins. */
    static final String STORY = "story";

    private static final int CONTEXT = 3;

    private Judge() {}

    // ---- the end

    static List<String> end(ExpectedEnd expected, Observed seen) {
        List<String> differences = new ArrayList<>();
        if (!sorted(expected.fenced()).equals(sorted(seen.fenced()))) {
            differences.add("fenced should be " + list(expected.fenced()) + ", was " + list(seen.fenced()));
        }
        Set<String> tried = new LinkedHashSet<>(seen.ordered());
        tried.removeAll(seen.fenced());
        Set<String> allowed = new TreeSet<>(expected.tried());
        for (String host : tried) {
            if (!allowed.contains(host)) {
                differences.add(host + " was ordered off, and that is not expected");
            }
        }
        for (String host : allowed) {
            if (!seen.ordered().contains(host)) {
                differences.add(host + " should be ordered off, and never was");
            }
        }
        cases(expected, seen, differences);
        Set<String> humans = new TreeSet<>(expected.humans());
        if (!humans.equals(seen.humans())) {
            differences.add("humans should be called for " + list(humans) + ", were called for " + list(seen.humans()));
        }
        for (List<String> order : expected.order()) {
            String missing = Facts.missing(order, seen.facts());
            if (missing != null) {
                int at = order.indexOf(missing);
                differences.add("'" + missing + "' should come true"
                        + (at == 0 ? "" : " after '" + String.join("', '", order.subList(0, at)) + "'")
                        + ", and did not");
            }
        }
        expected.instances().forEach((name, ending) -> instance(name, ending, seen, differences));
        return differences;
    }

    private static void cases(ExpectedEnd expected, Observed seen, List<String> differences) {
        Set<String> hosts = new TreeSet<>(expected.cases().keySet());
        hosts.addAll(seen.cases().keySet());
        for (String host : hosts) {
            String wanted = expected.cases().get(host);
            String is = seen.cases().get(host);
            if (wanted == null) {
                differences.add(host + " should have no case, has one that is " + is);
            } else if (is == null) {
                differences.add(host + " should have a case that is " + wanted + ", has none");
            } else if (!isOneOf(is, wanted)) {
                differences.add("the case of " + host + " should be " + wanted + ", is " + is);
            }
        }
    }

    private static void instance(String name, Ending wanted, Observed seen, List<String> differences) {
        History history = seen.history(name);
        State is = state(history);
        String where = history.homes().isEmpty() ? "" : " on " + String.join(" and ", history.homes());
        if (is != wanted.state()) {
            String on = wanted.on().isEmpty() ? "" : " on " + String.join(" or ", wanted.on());
            differences.add(name + " should be " + word(wanted.state()) + on + ", is " + word(is) + where);
        } else if (is == State.RUNNING
                && (history.homes().size() != 1 || !wanted.on().containsAll(history.homes()))) {
            differences.add(name + " should be running on " + String.join(" or ", wanted.on()) + ", runs" + where);
        }
        for (String host : wanted.never()) {
            if (history.everOn().contains(host)) {
                differences.add(name + " must never run on " + host + ", and did");
            }
        }
        if (wanted.starts() != null && wanted.starts() != history.starts()) {
            differences.add(
                    name + " should be started " + times(wanted.starts()) + ", was started " + times(history.starts()));
        }
        String move = seen.moves().get(name);
        if (wanted.move() != null && (move == null || !isOneOf(move, wanted.move()))) {
            differences.add("the case about " + name + " should end with " + wanted.move() + ", ended with "
                    + (move == null ? "nothing about it" : move));
        }
        List<Change> changes = history.changes();
        if (wanted.by() != null
                && !changes.isEmpty()
                && changes.getLast().time().compareTo(wanted.by()) > 0) {
            differences.add(name + " should be " + word(wanted.state()) + " for good by "
                    + Durations.format(wanted.by()) + ", changed last at "
                    + Durations.format(changes.getLast().time()));
        }
    }

    private static State state(History history) {
        if (!history.homes().isEmpty()) {
            return State.RUNNING;
        }
        InstanceGoal goal = history.goal();
        return switch (goal) {
            case RUNNING -> State.DOWN;
            case STOPPED, PAUSED, SUSPENDED -> State.STOPPED;
            case DELETED -> State.DELETED;
        };
    }

    private static List<String> sorted(List<String> words) {
        return words.stream().sorted().toList();
    }

    /** An expected state may be one of several: {@code FENCING|NEEDS_OPERATOR}. */
    private static boolean isOneOf(String state, String wanted) {
        return Arrays.asList(wanted.split("\\|", -1)).contains(state);
    }

    private static String word(@Nullable State state) {
        return state == null ? "?" : Keys.kebab(state);
    }

    private static String times(int count) {
        return count == 0 ? "never" : count == 1 ? "once" : count + " times";
    }

    private static String list(Iterable<String> words) {
        String text = String.join(", ", words);
        return text.isEmpty() ? "none" : text;
    }

    // ---- the story

    /** The first line that differs, with the lines before it; null if none does. */
    static @Nullable String story(@Nullable List<String> expected, List<String> told) {
        if (expected == null) {
            return STORY + ": there is no " + Scenario.STORY + " yet; read it and keep it with --record";
        }
        int at = 0;
        while (at < expected.size() && at < told.size() && expected.get(at).equals(told.get(at))) {
            at++;
        }
        if (at == expected.size() && at == told.size()) {
            return null;
        }
        StringBuilder text = new StringBuilder(STORY + ", line " + (at + 1) + ":");
        for (String before : told.subList(Math.max(0, at - CONTEXT), at)) {
            text.append("\n               ").append(before);
        }
        text.append("\n  expected     ").append(at < expected.size() ? expected.get(at) : "the end of the story");
        text.append("\n  but was      ").append(at < told.size() ? told.get(at) : "the end of the story");
        return text.toString();
    }
}
