package io.holdfast.model;

import java.util.UUID;

/** The identity of an image. */
public record ImageId(UUID value) implements Comparable<ImageId> {

    public static ImageId of(UUID value) {
        return new ImageId(value);
    }

    /** Reads the canonical form; throws {@link IllegalArgumentException} for anything else. */
    public static ImageId parse(String text) {
        if (text.length() != 36) {
            throw new IllegalArgumentException("not a UUID: '" + text + "'");
        }
        return new ImageId(UUID.fromString(text));
    }

    @Override
    public int compareTo(ImageId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
