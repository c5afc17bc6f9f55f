package io.holdfast.fencing.observer;

import io.holdfast.model.SelfFenceTerms;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What this controller knows of a host's lease, now. Ages are of its own monotonic clock. */
public sealed interface LeaseFact {

    /**
     * @param bootId the boot in which the host registered last
     * @param terms the watchdog that it named then, or null
     * @param confirms whether the host shows each confirmation of its lease, so that its age can be watched; agents of an earlier
     *     version do not
     * @param there whether the lease was there at the last look
     * @param unconfirmed for how long this controller has watched it without a confirmation. Never longer than the truth
     */
    record Seen(String bootId, @Nullable SelfFenceTerms terms, boolean confirms, boolean there, Duration unconfirmed)
            implements LeaseFact {}

    /** It cannot be looked at now, or was not yet. */
    record Unknown(String reason) implements LeaseFact {}
}
