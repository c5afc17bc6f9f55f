package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.logging.Logging;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Seeds 1 to 60, or the range in {@code HOLDFAST_SIMULATION_SEEDS}, written {@code A..B}: continuous integration names a
 * thousand there, fresh ones when asked. The range is printed, so that {@code holdfast simulate --seed N --story}
 * tells what happened in one that fails.
 */
class SeedsTest {

    private static final String USUAL = "1..60";

    @BeforeAll
    static void failuresOnPurposeAreNotLogged() {
        Logging.silence();
    }

    @Test
    void holdEveryInvariant(TestReporter reporter) {
        String range = System.getenv().getOrDefault("HOLDFAST_SIMULATION_SEEDS", USUAL);
        assertThat(range).as("HOLDFAST_SIMULATION_SEEDS").matches("[0-9]{1,18}\\.\\.[0-9]{1,18}");
        String[] ends = range.split("\\.\\.", -1);
        long first = Long.parseLong(ends[0]);
        long last = Long.parseLong(ends[1]);
        reporter.publishEntry("seeds", range);
        Campaign campaign = new Campaign(first, last);
        campaign.run(Trial.usual(), Mutation::new, false, false, _ -> {});
        assertThat((long) campaign.outcomes().size()).isEqualTo(last - first + 1);
        List<String> violations = campaign.outcomes().stream()
                .flatMap(outcome -> outcome.violations().stream())
                .map(violation -> "seed " + violation.seed() + ": " + violation.invariant() + ": " + violation.what())
                .toList();
        assertThat(violations).as("seeds %s", range).isEmpty();
    }
}
