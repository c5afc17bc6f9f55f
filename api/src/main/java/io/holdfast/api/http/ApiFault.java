package io.holdfast.api.http;

/** An answer that is not the one hoped for: a status and a message for the caller. */
public final class ApiFault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;

    public ApiFault(int status, String message) {
        super(message, null, false, false);
        this.status = status;
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
}
