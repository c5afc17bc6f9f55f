package io.holdfast.slot;

import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.UUID;

/**
 * What a slot device is.
 *
 * @param id made when the device was created; each of its blocks carries it
 * @param segment whose hosts use it
 * @param slots how many, 1 to 255: the size of a segment with room, and small enough to be read in one go
 * @param createdAt for people
 */
public record DeviceHeader(UUID id, SegmentId segment, int slots, Instant createdAt) {

    public static final int SLOTS_MAX = 255;

    public DeviceHeader {
        if (slots < 1 || slots > SLOTS_MAX) {
            throw new IllegalArgumentException("a slot device has 1 to " + SLOTS_MAX + " slots, not " + slots);
        }
    }
}
