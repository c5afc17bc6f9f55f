package io.holdfast.store;

import org.jspecify.annotations.Nullable;

/** The database cannot be used as configured (wrong password, unknown database, schema of a newer release, unsuitable
 * machine). An operator has to act; the message says how. */
public final class StoreRefused extends StoreException {

    private static final long serialVersionUID = 1L;

    StoreRefused(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public String code() {
        return "store.refused";
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
