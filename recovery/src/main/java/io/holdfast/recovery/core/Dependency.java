package io.holdfast.recovery.core;

import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An instance that another one still waits for; gone from the list as soon as that wait is over, whatever ended it.
 *
 * @param settle how long it must be seen running without a break before it counts as ready
 * @param heartbeat whether running is not enough, and its guest has to have said that it is healthy
 * @param limit when nobody waits for it any longer, ready or not
 * @param readyAt when it will be ready, if it goes on as it is; null while it is not known to run, or its guest has not
 *     said what it has to say
 */
public record Dependency(
        InstanceId id,
        String name,
        Duration settle,
        boolean heartbeat,
        Instant limit,
        @Nullable Instant readyAt) {

    Dependency readyAt(@Nullable Instant at) {
        return new Dependency(id, name, settle, heartbeat, limit, at);
    }

    /** What is waited for, in a sentence. */
    String awaited() {
        return heartbeat ? name + " (a heartbeat of its guest)" : name;
    }

    /** When it is to be looked at again by itself. */
    Instant nextLook() {
        return readyAt != null && readyAt.isBefore(limit) ? readyAt : limit;
    }
}
