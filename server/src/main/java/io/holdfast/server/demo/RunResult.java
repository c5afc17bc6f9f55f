package io.holdfast.server.demo;

import java.util.List;
import java.util.Map;

/**
 * One telling of the story.
 *
 * @param host that failed
 * @param checks what was promised, and, where the story could not go on, why
 * @param legs milliseconds since the host failed, by {@link Legs#NAMES}; a leg that never ended is missing
 */
record RunResult(
        int run, String host, boolean ok, List<Check> checks, Map<String, Double> legs, List<Timeline.Entry> timeline) {

    /** What was not as it should be. */
    List<String> problems() {
        return checks.stream()
                .filter(check -> !check.ok())
                .map(check -> check.name() + ": " + check.detail())
                .toList();
    }
}
