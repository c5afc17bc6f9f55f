package io.holdfast.compute.agent;

import java.util.OptionalInt;

/** How busy this host is. Any thread may call; must not block for longer than it takes to read a file of the kernel. */
@FunctionalInterface
public interface Processors {

    /** Of an agent that does not measure it. */
    Processors UNKNOWN = OptionalInt::empty;

    /** How much of all processors was in use of late, 0 to 100; empty when it is not known. */
    OptionalInt busyPercent();
}
