package io.holdfast.fencing.selffence.core;

import io.holdfast.model.SelfFenceTerms;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a controller may count a host as having fenced itself.
 *
 * <p>Two things, and neither is enough alone: slot and lease stand still for the {@linkplain SelfFenceTimes#bound bound}, and the
 * doors are closed. The slot's: a pill was read there before the last look began, so whatever is written is followed by reading it. The
 * lease's: it is gone, and a session that is gone never comes back. Without that, a host whose way to the storage has just healed could
 * write in the next moment and live on.
 */
public final class SelfFenceRule {

    /**
     * What one controller has seen by its own clock.
     *
     * @param lease the terms in the last lease of this life, or null if it named none
     * @param slot the terms in the last heartbeat of this life, or null if it had armed none then
     * @param slotStill how long this controller has watched the slot without a change, past all caches; null if it cannot read it now
     * @param leaseStill for how long it has watched the lease without a confirmation; null if it cannot be looked at now
     * @param leaseGone whether the lease was gone at the last look
     * @param doorClosed a pill for this life was read before the last look began, and the slot was found unchanged then
     */
    public record Seen(
            @Nullable SelfFenceTerms lease,
            @Nullable SelfFenceTerms slot,
            @Nullable Duration slotStill,
            @Nullable Duration leaseStill,
            boolean leaseGone,
            boolean doorClosed) {}

    /** What follows from it. */
    public sealed interface Standing {
        /** No such proof, ever or now; why. */
        record No(String reason) implements Standing {}

        /** @param left how much longer both have to stand still */
        record Wait(Duration left) implements Standing {}

        /** Write the pill, read it back, look at the slot once more. */
        record CloseDoor() implements Standing {}

        /** Nothing of that life runs any more, and nothing of it will. */
        record Fenced() implements Standing {}
    }

    private SelfFenceRule() {}

    /**
     * @param drift the observer's bound on the drift between two clocks
     * @param margin the observer's allowance for the device's tick and the reset
     */
    public static Standing standing(Seen seen, double drift, Duration margin) {
        if (seen.lease() == null || seen.slot() == null) {
            return new Standing.No("no armed device is named in the " + (seen.lease() == null ? "lease" : "slot"));
        }
        if (!seen.lease().equals(seen.slot())) {
            return new Standing.No("lease and slot name different terms");
        }
        if (seen.slotStill() == null) {
            return new Standing.No("the slot cannot be read, which is not a slot that stands still");
        }
        if (seen.leaseStill() == null) {
            return new Standing.No("the lease cannot be looked at, which is not a lease that is not confirmed");
        }
        Duration bound = bound(seen.lease(), drift, margin);
        Duration still = seen.slotStill().compareTo(seen.leaseStill()) < 0 ? seen.slotStill() : seen.leaseStill();
        if (still.compareTo(bound) < 0) {
            return new Standing.Wait(bound.minus(still));
        }
        if (!seen.leaseGone()) {
            return new Standing.No("its lease is still there");
        }
        return seen.doorClosed() ? new Standing.Fenced() : new Standing.CloseDoor();
    }

    /** How long a host that names these terms has to be silent. */
    public static Duration bound(SelfFenceTerms terms, double drift, Duration margin) {
        return SelfFenceTimes.bound(terms.timeout(), terms.licence(), drift, margin);
    }
}
