package io.holdfast.server.cli;

import org.jspecify.annotations.Nullable;

/** A command that cannot do what was asked: what happened, and what the person at the keyboard can do about it. */
public final class CommandFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode code;
    private final String advice;

    CommandFailure(ExitCode code, String message, String advice) {
        this(code, message, advice, null);
    }

    CommandFailure(ExitCode code, String message, String advice, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.advice = advice;
    }

    ExitCode code() {
        return code;
    }

    /** What to do next; may be empty when the message says it all. */
    String advice() {
        return advice;
    }
}
