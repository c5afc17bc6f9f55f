package io.holdfast.fencing;

/** Something that must be made right before fencing can work or count: a journal that cannot be written, a password file that is no secret. */
public final class FencingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public FencingException(String message) {
        super(message);
    }

    public FencingException(String message, Throwable cause) {
        super(message, cause);
    }
}
