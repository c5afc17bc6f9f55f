package io.holdfast.fencing.ipmi.rmcp;

/** Bytes that are not what they should be. An everyday answer of the world, so it carries no stack trace. */
public final class GarbledException extends Exception {

    private static final long serialVersionUID = 1L;

    /** @param message what is wrong, in words that fit behind "garbled: " */
    public GarbledException(String message) {
        super(message, null, false, false);
    }
}
