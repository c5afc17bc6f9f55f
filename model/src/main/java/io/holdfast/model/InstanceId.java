package io.holdfast.model;

import java.util.UUID;

/** The identity of an instance (a virtual machine), the same on every home it ever has. */
public record InstanceId(UUID value) implements Comparable<InstanceId> {

    public static InstanceId of(UUID value) {
        return new InstanceId(value);
    }

    /** Reads the canonical form; throws {@link IllegalArgumentException} for anything else. */
    public static InstanceId parse(String text) {
        if (text.length() != 36) {
            throw new IllegalArgumentException("not a UUID: '" + text + "'");
        }
        return new InstanceId(UUID.fromString(text));
    }

    @Override
    public int compareTo(InstanceId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
