package io.holdfast.recovery.core;

import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An instance that another one still waits for; gone from the list as soon as that wait is over, whatever ended it.
 *
 * @param settle how long it must be seen running without a break before it counts as ready
 * @param limit when nobody waits for it any longer, ready or not
 * @param readyAt when it will be ready, if it goes on running; null while it is not known to run
 */
public record Dependency(
        InstanceId id,
        String name,
        Duration settle,
        Instant limit,
        @Nullable Instant readyAt) {

    Dependency readyAt(@Nullable Instant at) {
        return new Dependency(id, name, settle, limit, at);
    }

    /** When it is to be looked at again by itself. */
    Instant nextLook() {
        return readyAt != null && readyAt.isBefore(limit) ? readyAt : limit;
    }
}
