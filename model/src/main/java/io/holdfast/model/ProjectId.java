package io.holdfast.model;

import java.util.regex.Pattern;

/** The project (tenant) that owns an instance. */
public record ProjectId(String value) implements Comparable<ProjectId> {

    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");

    public ProjectId {
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "not a valid project id: '" + value + "' (1 to 255 letters, digits, dots, hyphens or underscores)");
        }
    }

    public static ProjectId of(String value) {
        return new ProjectId(value);
    }

    @Override
    public int compareTo(ProjectId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
