package io.holdfast.compute;

/** What guests write to their serial lines. */
@FunctionalInterface
public interface Consoles {

    /** So much is asked for at most, in bytes: as much as Nova gives. */
    int BYTES_MAX = 100 * 1024;

    /** The end of it, at most {@link #BYTES_MAX} long. Asks the instance's home, and blocks for at most some seconds. */
    ConsoleAnswer read(Instance instance);
}
