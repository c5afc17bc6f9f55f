package io.holdfast.store;

import org.jspecify.annotations.Nullable;

/** The database refused a statement that it should never have been sent: a mistake in Holdfast. Worth a report. */
public final class StoreDefect extends StoreException {

    private static final long serialVersionUID = 1L;

    StoreDefect(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public String code() {
        return "store.defect";
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
