package io.holdfast.model;

import java.util.UUID;

/** The identity of a recovery case: one failure of one host, from condemnation to its end. */
public record CaseId(UUID value) implements Comparable<CaseId> {

    public static CaseId of(UUID value) {
        return new CaseId(value);
    }

    /** Reads the canonical form; throws {@link IllegalArgumentException} for anything else. */
    public static CaseId parse(String text) {
        if (text.length() != 36) {
            throw new IllegalArgumentException("not a UUID: '" + text + "'");
        }
        return new CaseId(UUID.fromString(text));
    }

    @Override
    public int compareTo(CaseId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
