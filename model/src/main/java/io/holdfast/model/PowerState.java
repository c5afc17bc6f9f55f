package io.holdfast.model;

/** What a power reading says. Three values on purpose: {@link #UNKNOWN} is never {@link #OFF}. */
public enum PowerState {
    /** The device answered, and said the host has power. */
    ON,
    /** The device answered, and said the host has no power. */
    OFF,
    /** No answer, an answer that cannot be read, or no device. Nothing may be concluded from it. */
    UNKNOWN
}
