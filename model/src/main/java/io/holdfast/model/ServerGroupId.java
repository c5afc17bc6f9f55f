package io.holdfast.model;

import java.util.UUID;

/** The identity of a server group. */
public record ServerGroupId(UUID value) implements Comparable<ServerGroupId> {

    public static ServerGroupId of(UUID value) {
        return new ServerGroupId(value);
    }

    /** Reads the canonical form; throws {@link IllegalArgumentException} for anything else. */
    public static ServerGroupId parse(String text) {
        if (text.length() != 36) {
            throw new IllegalArgumentException("not a UUID: '" + text + "'");
        }
        return new ServerGroupId(UUID.fromString(text));
    }

    @Override
    public int compareTo(ServerGroupId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
