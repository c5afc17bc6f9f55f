package io.holdfast.model;

/**
 * Which home of an instance is meant: rises by one each time the instance gets a new home, and never goes back.
 *
 * @param value zero or more; zero means "never yet"
 */
public record Generation(long value) implements Comparable<Generation> {

    public static final Generation ZERO = new Generation(0);

    public Generation {
        if (value < 0) {
            throw new IllegalArgumentException("generation must not be negative: " + value);
        }
    }

    public static Generation of(long value) {
        return new Generation(value);
    }

    public Generation next() {
        return new Generation(value + 1);
    }

    public boolean isOlderThan(Generation other) {
        return value < other.value;
    }

    @Override
    public int compareTo(Generation other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
