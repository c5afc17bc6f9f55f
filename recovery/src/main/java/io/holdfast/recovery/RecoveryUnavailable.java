package io.holdfast.recovery;

/**
 * Recovery cannot take a request now: this controller does not lead, or could not make it durable in time. The message
 * says whether it may still happen. Whoever asks again, or asks the controller that leads, does nothing twice.
 */
public final class RecoveryUnavailable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public RecoveryUnavailable(String message) {
        super(message);
    }

    public RecoveryUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
