package io.holdfast.store;

import org.jspecify.annotations.Nullable;

/** The disk under the database is full. Nothing was stored; free space and try again, no restart is needed. */
public final class DiskFull extends StoreException {

    private static final long serialVersionUID = 1L;

    DiskFull(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public String code() {
        return "store.disk-full";
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
