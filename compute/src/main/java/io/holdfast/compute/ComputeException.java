package io.holdfast.compute;

/** An owner's or operator's request that cannot be met, with a kind for programs and a message for people. */
public final class ComputeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    public ComputeException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** What the caller can do about it. */
    public enum Kind {
        /** It is not there, or not the caller's to see. */
        NOT_FOUND,
        /** It is not in a state that allows this; try again later or do something else first. */
        CONFLICT,
        /** The request itself is wrong. */
        INVALID,
        /** A limit would be exceeded. */
        LIMIT,
        /** What was sent is longer than allowed, or than there is room for. */
        TOO_LARGE,
        /** Something that we depend on fails just now. */
        UNAVAILABLE
    }
}
