package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Seeds that nobody has tried before. They are printed, so that {@code holdfast simulate --seed N --story} tells what
 * happened in one that fails.
 */
class FreshSeedsTest {

    private static final int SEEDS = Integer.getInteger("holdfast.simulation.seeds", 1000);

    @Test
    void holdEveryInvariant(TestReporter reporter) {
        long first = Long.getLong("holdfast.simulation.first", System.currentTimeMillis() / 1000 * 1000);
        reporter.publishEntry("seeds", first + ".." + (first + SEEDS - 1));
        Campaign campaign = new Campaign(first, first + SEEDS - 1);
        campaign.run(Trial.usual(), Mutation::new, false, false, _ -> {});
        assertThat(campaign.outcomes()).hasSize(SEEDS);
        List<String> violations = campaign.outcomes().stream()
                .flatMap(outcome -> outcome.violations().stream())
                .map(violation -> "seed " + violation.seed() + ": " + violation.invariant() + ": " + violation.what())
                .toList();
        assertThat(violations).as("seeds %d..%d", first, first + SEEDS - 1).isEmpty();
    }
}
