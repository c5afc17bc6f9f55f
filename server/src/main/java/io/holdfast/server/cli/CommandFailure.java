package io.holdfast.server.cli;

import org.jspecify.annotations.Nullable;

/** A command that cannot do what was asked: what happened, and what the person at the keyboard can do about it. */
public final class CommandFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode code;
    private final String advice;

    public CommandFailure(ExitCode code, String message, String advice) {
        this(code, message, advice, null);
    }

    public CommandFailure(ExitCode code, String message, String advice, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.advice = advice;
    }

    public ExitCode code() {
        return code;
    }

    /** What to do next; may be empty when the message says it all. */
    public String advice() {
        return advice;
    }
}
