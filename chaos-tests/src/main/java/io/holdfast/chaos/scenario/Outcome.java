package io.holdfast.chaos.scenario;

import java.time.Duration;
import java.util.List;

/**
 * How the playing of one scenario ended.
 *
 * @param story what was told, line by line
 * @param differences between what was expected and what was, the story's included; empty when there are none
 * @param violations of the invariants; the worst there is, whatever was expected
 * @param storyDiffers whether recording would change the story that is kept
 */
record Outcome(
        Scenario scenario,
        List<String> story,
        Observed seen,
        List<String> differences,
        List<Violated> violations,
        boolean storyDiffers,
        Duration simulated) {

    Outcome {
        story = List.copyOf(story);
        differences = List.copyOf(differences);
        violations = List.copyOf(violations);
    }

    /** @param at since the beginning */
    record Violated(String invariant, Duration at, String text) {}

    boolean passed() {
        return differences.isEmpty() && violations.isEmpty();
    }
}
