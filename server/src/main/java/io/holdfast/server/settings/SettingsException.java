package io.holdfast.server.settings;

import java.util.List;
import java.util.stream.Collectors;

/** A settings file that cannot be used; the message is written for the person who wrote the file. */
public final class SettingsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * One mistake.
     *
     * @param where file and, where known, line: {@code controller.yaml:12}
     * @param text what is wrong and what would be right
     */
    public record Problem(String where, String text) {
        @Override
        public String toString() {
            return where + ": " + text;
        }
    }

    private final transient List<Problem> problems;

    SettingsException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** Every mistake that was found, in the order of the file; never empty. */
    public List<Problem> problems() {
        return problems;
    }
}
