package io.holdfast.chaos.sim;

import java.util.List;

/**
 * What came of one seed.
 *
 * @param arrived recorded visits that came, 0 without a trace
 * @param left recorded visits that went when their time had come
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
        int arrived,
        int left,
        List<Double> outages,
        List<String> story,
        String hash) {
    public Outcome {
        violations = List.copyOf(violations);
        outages = List.copyOf(outages);
        story = List.copyOf(story);
    }
}
