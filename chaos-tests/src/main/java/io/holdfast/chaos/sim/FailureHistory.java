package io.holdfast.chaos.sim;

import java.time.Duration;
import java.util.List;

/**
 * Failures of hosts as they were recorded somewhere: how often, how many at once, of what kind, and for how long.
 *
 * @param between how far apart, on average, the bursts of one host's share were: the time that all hosts of the record were
 *     watched, together, divided by the number of bursts
 * @param bursts each a list of failures that began within minutes of each other, by their time
 */
public record FailureHistory(Duration between, List<List<Failure>> bursts) {

    public FailureHistory {
        bursts = bursts.stream().map(List::copyOf).toList();
        if (bursts.isEmpty() || bursts.stream().anyMatch(List::isEmpty)) {
            throw new IllegalArgumentException("a history needs bursts, and a burst needs failures");
        }
        if (!between.isPositive()) {
            throw new IllegalArgumentException("failures must be some time apart, are " + between);
        }
    }

    /** What failed, as far as a cluster can see. */
    public enum Kind {
        /** The host is without power. */
        POWER,
        /** The kernel stands still, and the power is on. */
        KERNEL,
        /** The host runs, and nobody reaches it. */
        NETWORK
    }

    /**
     * @param offset since the first failure of its burst
     * @param down until it was repaired
     */
    public record Failure(Kind kind, Duration offset, Duration down) {}

    /** How many failures there are. */
    public int size() {
        return bursts.stream().mapToInt(List::size).sum();
    }
}
