package io.holdfast.chaos.sim;

import java.util.List;

/**
 * What came of one seed.
 *
 * @param story the whole of it, if it was asked for
 * @param hash of the whole story
 */
public record Outcome(
        long seed,
        List<Violation> violations,
        double simulatedSeconds,
        double hostHours,
        int fences,
        int wrongfulFences,
        int suspicions,
        int falseSuspicions,
        int recoveries,
        List<Double> outages,
        List<String> story,
        String hash) {
    public Outcome {
        violations = List.copyOf(violations);
        outages = List.copyOf(outages);
        story = List.copyOf(story);
    }
}
