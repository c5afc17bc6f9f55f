package io.holdfast.chaos.sim;

import java.time.Duration;
import java.util.List;

/**
 * An invariant that did not hold.
 *
 * @param at virtual time
 * @param story the last lines before it, and with it
 */
public record Violation(long seed, String invariant, Duration at, String what, List<String> story) {
    public Violation {
        story = List.copyOf(story);
    }
}
