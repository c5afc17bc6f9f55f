package io.holdfast.network;

import java.util.Optional;

/** An IPv4 address. Spelled in one way only, four decimal numbers without leading zeros, so that equal texts are equal addresses. */
public record Ipv4(long value) implements Comparable<Ipv4> {

    private static final long MAX = 0xffff_ffffL;

    public Ipv4 {
        if (value < 0 || value > MAX) {
            throw new IllegalArgumentException("no IPv4 address: " + value);
        }
    }

    /** Empty when the text is none, or spelled in another way. */
    public static Optional<Ipv4> parse(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return Optional.empty();
        }
        long value = 0;
        for (String part : parts) {
            if (!part.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(part) > 255) {
                return Optional.empty();
            }
            value = (value << 8) | Integer.parseInt(part);
        }
        return Optional.of(new Ipv4(value));
    }

    public Ipv4 plus(long count) {
        return new Ipv4(value + count);
    }

    @Override
    public int compareTo(Ipv4 other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return (value >> 24) + "." + ((value >> 16) & 255) + "." + ((value >> 8) & 255) + "." + (value & 255);
    }
}
