package io.holdfast.store;

import org.jspecify.annotations.Nullable;

/**
 * The database cannot be reached just now, or the connection broke. The embedded server is being restarted meanwhile.
 */
public final class StoreUnavailable extends StoreException {

    private static final long serialVersionUID = 1L;

    private final boolean outcomeUnknown;

    /** Also for fakes of ports whose real adapters are in a store. */
    public StoreUnavailable(String message, boolean outcomeUnknown, @Nullable Throwable cause) {
        super(message, cause);
        this.outcomeUnknown = outcomeUnknown;
    }

    @Override
    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }

    @Override
    public String code() {
        return "store.unavailable";
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
