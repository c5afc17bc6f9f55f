package io.holdfast.model;

import java.util.regex.Pattern;

/** The name of a segment: hosts that share failure detection, storage and a leader. Same shape as a host name. */
public record SegmentId(String value) implements Comparable<SegmentId> {

    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    public SegmentId {
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid segment name: '" + value
                    + "' (1 to 63 letters, digits, dots, hyphens or underscores, starting with a letter or digit)");
        }
    }

    public static SegmentId of(String value) {
        return new SegmentId(value);
    }

    @Override
    public int compareTo(SegmentId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
