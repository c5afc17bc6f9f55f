package io.holdfast.secrets;

import org.jspecify.annotations.Nullable;

/** A secret that cannot be had, or a key that may not be used. The message says what to do, and shows no secret. */
public final class SecretException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why not. Each has a line in the runbook. */
    public enum Trouble {
        /** There is no such file. */
        MISSING,
        /** The file is there and cannot be read or written. */
        UNREADABLE,
        /** Others may read or change the file, or somebody else owns it. */
        EXPOSED,
        /** Nothing in it, too much, or not what was expected. */
        UNSUITABLE,
        /** The file is plain, and the settings refuse that. */
        PLAIN,
        /** It was encrypted with a key that is not there. */
        KEY_MISSING,
        /** It was sealed as another file. */
        MISPLACED,
        /** It was changed or cut after it was sealed. */
        DAMAGED
    }

    private final Trouble trouble;

    SecretException(Trouble trouble, String message) {
        this(trouble, message, null);
    }

    /** @param cause nothing in its message may come from the secret */
    SecretException(Trouble trouble, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.trouble = trouble;
    }

    public Trouble trouble() {
        return trouble;
    }
}
