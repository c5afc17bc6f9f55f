package io.holdfast.compute;

import java.time.Instant;

/**
 * One failure of a guest, and what was done about it.
 *
 * @param number tells it from the other failures of the same generation; a later one has a higher number
 * @param restarts how often the guest was begun anew within the window of the limit, this time included
 * @param detail for people
 * @param at wall time of the host, for people
 */
public record GuestIncident(
        long number, GuestFailure failure, GuestResponse response, int restarts, String detail, Instant at) {}
