package io.holdfast.slot;

/** A slot device that cannot be used, and why. */
public final class SlotException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public SlotException(String message) {
        super(message);
    }

    public SlotException(String message, Throwable cause) {
        super(message, cause);
    }
}
