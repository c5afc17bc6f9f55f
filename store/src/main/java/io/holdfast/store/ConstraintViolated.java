package io.holdfast.store;

import org.jspecify.annotations.Nullable;

/** The row would contradict the schema: a duplicate key, a missing parent, a value out of range. */
public final class ConstraintViolated extends StoreException {

    private static final long serialVersionUID = 1L;

    private final @Nullable String constraint;

    ConstraintViolated(String message, @Nullable String constraint, @Nullable Throwable cause) {
        super(message, cause);
        this.constraint = constraint;
    }

    /** Name of the constraint in the schema, for example {@code recovery_case_one_open_per_host}, where known. */
    public @Nullable String constraint() {
        return constraint;
    }

    @Override
    public String code() {
        return "store.constraint-violated";
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
