package io.holdfast.recovery.core;

/** Whether recovery acts in a segment. */
public enum Armed {
    /** Failures are handled. */
    ARMED,
    /** Nothing is done: new failures become held cases, and cases that are under way stand still until it is armed again. */
    FREEZE,
    /** Verdicts are noted, and nothing comes of them. Cases that are under way stand still too. */
    IGNORE
}
