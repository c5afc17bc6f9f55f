package io.holdfast.store;

import org.jspecify.annotations.Nullable;

/** Somebody else changed or deleted the row since it was read. Read again and decide anew. */
public final class StaleWrite extends StoreException {

    private static final long serialVersionUID = 1L;

    StaleWrite(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public String code() {
        return "store.stale-write";
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
