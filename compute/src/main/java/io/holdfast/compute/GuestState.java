package io.holdfast.compute;

import io.holdfast.model.Generation;
import org.jspecify.annotations.Nullable;

/**
 * How an instance's guest is, as its home said last.
 *
 * @param generation the one that this is about
 * @param health what its heartbeat says; means nothing unless the instance is RUNNING
 * @param last its last failure that was told, or null
 * @param open whether it has not been told yet that the guest is well again
 */
public record GuestState(
        Generation generation, GuestHealth health, @Nullable GuestIncident last, boolean open) {

    /** Of a guest of which nothing was ever said. */
    public static final GuestState NONE = new GuestState(Generation.ZERO, GuestHealth.UNKNOWN, null, false);
}
