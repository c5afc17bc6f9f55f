package io.holdfast.lab;

/** The lab could not do what was asked; the message says what was tried, what happened, and what to do next. */
public final class LabException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public LabException(String message) {
        super(message);
    }

    public LabException(String message, Throwable cause) {
        super(message, cause);
    }
}
