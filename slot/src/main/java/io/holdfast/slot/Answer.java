package io.holdfast.slot;

/** What became of an act on a slot. */
public sealed interface Answer<T> {

    /** Done, and read back where that matters. */
    record Done<T>(T value) implements Answer<T> {}

    /** Not done, because what stands there does not allow it. Nothing was changed. */
    record Refused<T>(String reason) implements Answer<T> {}

    /** The storage failed or did not answer in time. It may have been done. */
    record Failed<T>(String reason) implements Answer<T> {}
}
