package io.holdfast.model;

/**
 * Which leader of a segment speaks: rises with every change of leader, and never goes back.
 *
 * @param value zero or more; zero means "never yet"
 */
public record LeaderEpoch(long value) implements Comparable<LeaderEpoch> {

    public static final LeaderEpoch ZERO = new LeaderEpoch(0);

    public LeaderEpoch {
        if (value < 0) {
            throw new IllegalArgumentException("leader epoch must not be negative: " + value);
        }
    }

    public static LeaderEpoch of(long value) {
        return new LeaderEpoch(value);
    }

    public LeaderEpoch next() {
        return new LeaderEpoch(value + 1);
    }

    public boolean isOlderThan(LeaderEpoch other) {
        return value < other.value;
    }

    @Override
    public int compareTo(LeaderEpoch other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
