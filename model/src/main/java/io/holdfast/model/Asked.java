package io.holdfast.model;

import java.util.Optional;

/**
 * The request that a thread works on, for whoever writes into a journal who asked: bound by the API for the time of one
 * operation, and not bound where Holdfast acts by itself.
 *
 * @param id as the answer's header names it, for example {@code req-0b3a...}
 * @param user who asks
 * @param project on behalf of which project
 */
public record Asked(String id, String user, ProjectId project) {

    public static final ScopedValue<Asked> NOW = ScopedValue.newInstance();

    /** The request of this thread; empty when there is none. */
    public static Optional<Asked> now() {
        return NOW.isBound() ? Optional.of(NOW.get()) : Optional.empty();
    }
}
