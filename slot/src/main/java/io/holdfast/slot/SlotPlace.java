package io.holdfast.slot;

import java.nio.file.Path;

/**
 * Where a slot device is: a file or block device of its own, or a range of one.
 *
 * @param path of the file or block device
 * @param offset how many bytes in front belong to others and are never touched: a multiple of 4096, 0 (nothing is in front) to 2^60
 */
public record SlotPlace(Path path, long offset) {

    private static final long OFFSET_MAX = 1L << 60;

    public SlotPlace {
        requireOffset("the offset of a slot device", offset);
    }

    /** The whole of it. */
    public static SlotPlace of(Path path) {
        return new SlotPlace(path, 0);
    }

    /**
     * @param key what whoever is refused calls it
     * @throws IllegalArgumentException when nothing can begin there
     */
    public static void requireOffset(String key, long offset) {
        if (offset < 0 || offset > OFFSET_MAX || offset % Blocks.SIZE != 0) {
            throw new IllegalArgumentException(
                    key + " must be a multiple of " + Blocks.SIZE + " from 0 to 2^60, is " + offset);
        }
    }

    /** For people. */
    @Override
    public String toString() {
        return offset == 0 ? path.toString() : path + " from byte " + offset + " on";
    }
}
