package io.holdfast.chaos.sim;

/** The database did not answer; whether the transaction happened is not known to whoever catches this. */
final class DatabaseAway extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DatabaseAway(String message) {
        // Thrown often and read by nobody: a trace would cost more than the simulated call.
        super(message, null, false, false);
    }
}
