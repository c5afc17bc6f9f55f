package io.holdfast.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Another process (or another part of this one) already uses the state directory. */
public final class StateDirectoryInUse extends StoreException {

    private static final long serialVersionUID = 1L;

    private final @Nullable Long holder;

    StateDirectoryInUse(Path directory, @Nullable Long holder) {
        super(
                "the state directory " + directory + " is in use by "
                        + (holder == null ? "another process" : "process " + holder)
                        + "; stop that process, or give this one a directory of its own",
                null);
        this.holder = holder;
    }

    /** The process id of the holder, where it could be read. */
    public @Nullable Long holder() {
        return holder;
    }

    @Override
    public String code() {
        return "store.state-directory-in-use";
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
