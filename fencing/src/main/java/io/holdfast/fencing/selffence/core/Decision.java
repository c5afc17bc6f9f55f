package io.holdfast.fencing.selffence.core;

/** What the host does with its watchdog now. */
public sealed interface Decision {

    /** @param by which licence allows it, for the log */
    record Pet(String by) implements Decision {}

    /** Leave it alone: with a device that is armed, the host has that much time to get a licence again. */
    record Starve(String reason) implements Decision {}

    /** Never pet again in this life, and reset the machine by whatever means there is. */
    record Die(String reason) implements Decision {}
}
