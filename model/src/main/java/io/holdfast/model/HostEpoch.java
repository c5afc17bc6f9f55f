package io.holdfast.model;

/**
 * Which life of a host is meant: rises by one each time the host is condemned, and never goes back.
 *
 * @param value zero or more; zero means "never yet"
 */
public record HostEpoch(long value) implements Comparable<HostEpoch> {

    public static final HostEpoch ZERO = new HostEpoch(0);

    public HostEpoch {
        if (value < 0) {
            throw new IllegalArgumentException("host epoch must not be negative: " + value);
        }
    }

    public static HostEpoch of(long value) {
        return new HostEpoch(value);
    }

    public HostEpoch next() {
        return new HostEpoch(value + 1);
    }

    public boolean isOlderThan(HostEpoch other) {
        return value < other.value;
    }

    @Override
    public int compareTo(HostEpoch other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
