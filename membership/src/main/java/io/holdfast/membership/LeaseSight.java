package io.holdfast.membership;

import java.time.Duration;

/** What this process has seen itself of a host's lease. Ages are of its own monotonic clock, and end with its last look. */
public sealed interface LeaseSight {

    /**
     * @param last how the host registered last
     * @param confirms whether each confirmation of the lease shows, so that its age can be watched; agents of an earlier version
     *     confirm in secret
     * @param there whether the lease was there at the last look
     * @param unconfirmed for how long no confirmation was seen, never longer than the truth
     */
    record Seen(HostRegistration last, boolean confirms, boolean there, Duration unconfirmed) implements LeaseSight {}

    /** Nothing is known now. */
    record Unknown(String reason) implements LeaseSight {}
}
