package io.holdfast.model;

import java.util.regex.Pattern;

/** The id of a flavor, chosen by whoever made it; a short word or a UUID. */
public record FlavorId(String value) implements Comparable<FlavorId> {

    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]{0,254}");

    public FlavorId {
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid flavor id: '" + value
                    + "' (1 to 255 letters, digits, spaces, dots, hyphens or underscores)");
        }
    }

    public static FlavorId of(String value) {
        return new FlavorId(value);
    }

    @Override
    public int compareTo(FlavorId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
