package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.logging.Logging;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * A short range that is the same each time, or with {@code -Dholdfast.simulation.first=A -Dholdfast.simulation.seeds=N}
 * one that nobody has tried before. It is printed, so that {@code holdfast simulate --seed N --story} tells what happened
 * in one that fails.
 */
class SeedsTest {

    @BeforeAll
    static void failuresOnPurposeAreNotLogged() {
        Logging.silence();
    }

    private static final int SEEDS = Integer.getInteger("holdfast.simulation.seeds", 60);

    @Test
    void holdEveryInvariant(TestReporter reporter) {
        long first = Long.getLong("holdfast.simulation.first", 1);
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
