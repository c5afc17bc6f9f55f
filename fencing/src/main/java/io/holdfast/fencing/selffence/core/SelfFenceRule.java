package io.holdfast.fencing.selffence.core;

import io.holdfast.model.SelfFenceTerms;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a controller may count a host as having fenced itself.
 *
 * <p>Two steps, and neither is enough alone: slot and lease stand still for the {@linkplain SelfFenceTimes#bound bound}, and then the
 * door is closed: a pill is written and read back, and the slot is found as it was. Without the second, a host whose way to the storage
 * has just healed could write in the next moment and live on.
 *
 * <p>Pure and not used by the levels of fencing yet.
 */
public final class SelfFenceRule {

    /**
     * What one controller has seen by its own clock.
     *
     * @param lease the terms in the last lease of this life, or null if it named none
     * @param slot the terms in the last heartbeat of this life, or null if it had armed none then
     * @param slotStill how long this controller has watched the slot without a change, past all caches; null if it cannot read it now
     * @param leaseGone for how long it knows the lease to be gone; null if it is there, or if that cannot be known now
     * @param doorClosed a pill for this life reads back, and the slot was found unchanged after it
     */
    public record Seen(
            @Nullable SelfFenceTerms lease,
            @Nullable SelfFenceTerms slot,
            @Nullable Duration slotStill,
            @Nullable Duration leaseGone,
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
        if (seen.leaseGone() == null) {
            return new Standing.No("the lease is there, or cannot be looked at");
        }
        Duration bound =
                SelfFenceTimes.bound(seen.lease().timeout(), seen.lease().licence(), drift, margin);
        Duration still = seen.slotStill().compareTo(seen.leaseGone()) < 0 ? seen.slotStill() : seen.leaseGone();
        if (still.compareTo(bound) < 0) {
            return new Standing.Wait(bound.minus(still));
        }
        return seen.doorClosed() ? new Standing.Fenced() : new Standing.CloseDoor();
    }
}
