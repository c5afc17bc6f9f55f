package io.holdfast.compute;

import org.jspecify.annotations.Nullable;

/**
 * How a guest is, seen from its host, beyond whether it runs.
 *
 * @param health what its heartbeat says
 * @param last its last failure on this host at this generation, or null. A level, told with every report: whoever missed it
 *     finds it in the next one
 */
public record GuestSigns(GuestHealth health, @Nullable GuestIncident last) {

    /** Of a guest of which nothing is known. */
    public static final GuestSigns NONE = new GuestSigns(GuestHealth.UNKNOWN, null);
}
