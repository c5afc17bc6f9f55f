package io.holdfast.placement;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who has allocations.
 *
 * @param generation rises with every change of its allocations
 * @param type what it is, or null when nobody said; {@link #INSTANCE} for instances
 */
public record Consumer(
        UUID uuid,
        long generation,
        String project,
        String user,
        @Nullable String type) {

    public static final String INSTANCE = "INSTANCE";
}
