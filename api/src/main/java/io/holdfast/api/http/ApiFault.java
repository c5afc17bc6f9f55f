package io.holdfast.api.http;

import org.jspecify.annotations.Nullable;

/** An answer that is not the one hoped for: a status and a message for the caller. */
public final class ApiFault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable String type;
    private final boolean outcomeUnknown;

    public ApiFault(int status, String message) {
        this(status, null, message);
    }

    /** @param type the problem's name for programs, in APIs that tell one; null where the status says it all */
    public ApiFault(int status, @Nullable String type, String message) {
        this(status, type, message, false);
    }

    private ApiFault(int status, @Nullable String type, String message, boolean outcomeUnknown) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.outcomeUnknown = outcomeUnknown;
    }

    /** 503, and what was asked for may have been done all the same. */
    public static ApiFault unknown(String message) {
        return new ApiFault(503, null, message, true);
    }

    public static ApiFault notFound(String message) {
        return new ApiFault(404, message);
    }

    public static ApiFault badRequest(String message) {
        return new ApiFault(400, message);
    }

    public static ApiFault conflict(String message) {
        return new ApiFault(409, message);
    }

    public int status() {
        return status;
    }

    public @Nullable String type() {
        return type;
    }

    /** Whether what was asked for may have been done. */
    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }
}
