package io.holdfast.model;

/**
 * How often a host has introduced itself after a boot or a condemnation: rises by one each time, and never goes back.
 *
 * @param value zero or more; zero means "never yet"
 */
public record Incarnation(long value) implements Comparable<Incarnation> {

    public static final Incarnation ZERO = new Incarnation(0);

    public Incarnation {
        if (value < 0) {
            throw new IllegalArgumentException("incarnation must not be negative: " + value);
        }
    }

    public static Incarnation of(long value) {
        return new Incarnation(value);
    }

    public Incarnation next() {
        return new Incarnation(value + 1);
    }

    public boolean isOlderThan(Incarnation other) {
        return value < other.value;
    }

    @Override
    public int compareTo(Incarnation other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
