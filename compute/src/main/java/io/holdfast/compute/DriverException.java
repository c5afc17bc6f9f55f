package io.holdfast.compute;

import org.jspecify.annotations.Nullable;

/** The hypervisor could not do what was asked; the message says what, to which instance, and why. */
public final class DriverException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean outcomeUnknown;

    public DriverException(String message) {
        super(message);
        this.outcomeUnknown = false;
    }

    public DriverException(String message, Throwable cause) {
        super(message, cause);
        this.outcomeUnknown = false;
    }

    private DriverException(String message, @Nullable Throwable cause, boolean outcomeUnknown) {
        super(message, cause);
        this.outcomeUnknown = outcomeUnknown;
    }

    /** The hypervisor did not say whether it did it: it was asked, and then no answer came. */
    public static DriverException unconfirmed(String message, Throwable cause) {
        return new DriverException(message, cause, true);
    }

    /** What was asked is being done, on somebody else's behalf. */
    public static DriverException underWay(String message) {
        return new DriverException(message, null, true);
    }

    /**
     * Whether what was asked may have happened, or may still happen. A guest whose start ended so must be treated as
     * running until the hypervisor has been seen without it.
     */
    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }
}
