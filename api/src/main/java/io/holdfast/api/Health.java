package io.holdfast.api;

import java.util.Map;

/**
 * Whether the controller can do its work.
 *
 * @param ready whether requests that change something can be accepted now
 * @param parts name of each part (for example {@code store}) and what it says of itself
 */
public record Health(boolean ready, Map<String, String> parts) {

    public Health {
        parts = Map.copyOf(parts);
    }
}
