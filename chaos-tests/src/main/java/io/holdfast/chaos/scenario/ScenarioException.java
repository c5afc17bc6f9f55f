package io.holdfast.chaos.scenario;

import java.util.List;
import java.util.stream.Collectors;

/** Scenario files that cannot be used; the message is written for the person who wrote them. */
public final class ScenarioException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * One mistake.
     *
     * @param where file and, where known, line: {@code events.txt:12}
     * @param text what is wrong, and the words that would be right
     */
    public record Problem(String where, String text) {
        @Override
        public String toString() {
            return where + ": " + text;
        }
    }

    private final transient List<Problem> problems;

    ScenarioException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** Every mistake that was found, file by file in the order of their lines; never empty. */
    public List<Problem> problems() {
        return problems;
    }
}
