package io.holdfast.store;

import org.jspecify.annotations.Nullable;

/**
 * The disk under the database is full. Nothing was acknowledged that is not stored; free space and try again, no restart
 * is needed.
 */
public final class DiskFull extends StoreException {

    private static final long serialVersionUID = 1L;

    private final boolean outcomeUnknown;

    DiskFull(String message, @Nullable Throwable cause) {
        this(message, false, cause);
    }

    DiskFull(String message, boolean outcomeUnknown, @Nullable Throwable cause) {
        super(message, cause);
        this.outcomeUnknown = outcomeUnknown;
    }

    @Override
    public boolean outcomeUnknown() {
        return outcomeUnknown;
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
