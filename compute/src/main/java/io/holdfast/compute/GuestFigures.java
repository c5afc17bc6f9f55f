package io.holdfast.compute;

/** What guests have used up. */
@FunctionalInterface
public interface GuestFigures {

    /** Since its guest was started. Asks the instance's home, and blocks for at most some seconds. */
    DiagnosticsAnswer read(Instance instance);
}
