package io.holdfast.compute;

/**
 * How much may be promised of what a host has. A claim is checked against the same numbers as the proposal that led to
 * it: with two opinions, the claim would refuse for ever what the scheduler goes on proposing. So there is no setting for
 * it here; whoever puts a controller together passes the scheduler's.
 *
 * @param vcpus virtual processors promised per one of capacity
 * @param memory memory promised per memory of capacity
 * @param instances how many may have one host as their home; 0 for any number
 */
public record Overcommit(double vcpus, double memory, int instances) {

    public Overcommit {
        if (!(vcpus > 0 && memory > 0)) {
            throw new IllegalArgumentException("overcommit must be above 0, is " + vcpus + " and " + memory);
        }
        if (instances < 0) {
            throw new IllegalArgumentException("instances of a host must be 0 or more, is " + instances);
        }
    }

    /** With any number of instances on a host. */
    public Overcommit(double vcpus, double memory) {
        this(vcpus, memory, 0);
    }
}
