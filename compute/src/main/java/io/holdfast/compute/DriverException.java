package io.holdfast.compute;

/** The hypervisor could not do what was asked; the message says what, to which instance, and why. */
public final class DriverException extends Exception {

    private static final long serialVersionUID = 1L;

    public DriverException(String message) {
        super(message);
    }

    public DriverException(String message, Throwable cause) {
        super(message, cause);
    }
}
