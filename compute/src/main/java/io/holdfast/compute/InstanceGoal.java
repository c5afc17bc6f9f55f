package io.holdfast.compute;

import java.util.Locale;

/** What an instance should be. Set by its owner, never by what happens to it. */
public enum InstanceGoal {
    RUNNING,
    STOPPED,
    /** There, and its processors stand still. Its memory is in its home alone: with its home it ends, and it is STOPPED. */
    PAUSED,
    /** Its memory is kept on the shared storage and nothing of it runs: whichever host has its disk may go on with it. */
    SUSPENDED,
    DELETED;

    /** For sentences: "paused by its owner". */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
