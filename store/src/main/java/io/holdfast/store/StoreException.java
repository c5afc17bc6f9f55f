package io.holdfast.store;

import org.jspecify.annotations.Nullable;

/**
 * The family of everything that can go wrong between Holdfast and its database.
 *
 * <p>Catch the subclass you can do something about. Whoever sees one of these knows that the transaction was rolled
 * back, with the single exception named at {@link #outcomeUnknown()}. Messages never contain passwords.
 */
public abstract sealed class StoreException extends RuntimeException
        permits StoreUnavailable,
                DiskFull,
                StaleWrite,
                StaleLeaderException,
                ConstraintViolated,
                StoreRefused,
                StoreDefect,
                StateDirectoryInUse {

    private static final long serialVersionUID = 1L;

    StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Stable dotted word for programs, for example {@code store.unavailable}. */
    public abstract String code();

    /**
     * True when the failure came while the commit was on its way: the transaction may have been stored or not. Read
     * before writing again. False means that it was certainly not stored.
     */
    public boolean outcomeUnknown() {
        return false;
    }

    /** Whether the same call may succeed later without anybody changing the request. */
    public abstract boolean retryable();
}
