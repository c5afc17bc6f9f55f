package io.holdfast.identity;

/** A request that cannot be met, with a kind for programs and a message for people. */
public final class IdentityException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    public IdentityException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public IdentityException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public static IdentityException notFound(String what, String id) {
        return new IdentityException(Kind.NOT_FOUND, "Could not find " + what + ": " + id + ".");
    }

    /** For whoever may not learn what was wrong. */
    public static IdentityException unauthorized() {
        return new IdentityException(Kind.UNAUTHORIZED, "The request you have made requires authentication.");
    }

    public Kind kind() {
        return kind;
    }

    /** What the caller can do about it. */
    public enum Kind {
        /** The request itself is wrong. */
        INVALID,
        /** It did not show who it is, or has nothing there. */
        UNAUTHORIZED,
        /** It may not, or a limit would be exceeded. */
        FORBIDDEN,
        /** It is not there. */
        NOT_FOUND,
        /** It is there already, or in a state that does not allow this. */
        CONFLICT,
        /** It cannot be done here at all. */
        UNSUPPORTED,
        /** It was wrong too often; wait a minute. */
        TOO_OFTEN,
        /** Too much at once, or whoever knows does not answer; try again. */
        BUSY
    }
}
