package io.holdfast.recovery;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A group of hosts with a recovery method. There is always one: the segment that the controllers look after, which has every
 * host that is in no other.
 *
 * @param id a number beside the uuid, zero for the controllers' own while nobody has changed it
 * @param enabled whether words of monitors about its hosts are acted on
 * @param own whether it is the controllers' own
 */
public record FailoverSegment(
        UUID uuid,
        long id,
        String name,
        @Nullable String description,
        RecoveryMethod method,
        String serviceType,
        boolean enabled,
        boolean own,
        Instant createdAt,
        @Nullable Instant updatedAt) {

    /** The same with what a caller changed of it. */
    public FailoverSegment with(
            String otherName,
            @Nullable String otherDescription,
            RecoveryMethod otherMethod,
            String otherService,
            boolean nowEnabled) {
        return new FailoverSegment(
                uuid,
                id,
                otherName,
                otherDescription,
                otherMethod,
                otherService,
                nowEnabled,
                own,
                createdAt,
                updatedAt);
    }
}
