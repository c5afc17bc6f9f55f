package io.holdfast.network;

/** Addresses from the first to the last, both included. */
public record Range(Ipv4 first, Ipv4 last) {

    public Range {
        if (first.compareTo(last) > 0) {
            throw new IllegalArgumentException(first + " comes after " + last);
        }
    }

    public boolean contains(Ipv4 address) {
        return first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
    }

    public boolean overlaps(Range other) {
        return contains(other.first) || other.contains(first);
    }

    /** How many addresses, at least 1. */
    public long size() {
        return last.value() - first.value() + 1;
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
