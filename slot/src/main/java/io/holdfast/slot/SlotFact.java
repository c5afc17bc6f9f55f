package io.holdfast.slot;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What one reader knows of one host's slot, now. Ages are of this reader's own monotonic clock. */
public sealed interface SlotFact {

    /**
     * The slot is readable, and was at every look since its last change.
     *
     * @param claim whose slot it is, and in which life of the host it was claimed
     * @param beat the host's last word; null when it has claimed its slot and not yet spoken
     * @param pill the pill that stands there, for whichever life, or null
     * @param pillStands whether that same pill was there at an earlier look already, and at every one since: then whatever was
     *     written before the last look began, or will be, is followed by reading it
     * @param unchanged for how long this reader has seen nothing change that the host writes; counted from the change, or from
     *     the first look if there was none. Never longer than the truth
     * @param countsForProof whether the device was read past all caches at every one of these looks
     */
    record Seen(
            int slot,
            Claim claim,
            @Nullable Heartbeat beat,
            @Nullable Pill pill,
            boolean pillStands,
            @Nullable Acknowledgement acknowledgement,
            Duration unchanged,
            boolean countsForProof)
            implements SlotFact {

        /** Whether the host has acknowledged the pill that stands in its slot. */
        public boolean acknowledges(long pillSequence) {
            return acknowledgement != null && acknowledgement.pill() == pillSequence;
        }
    }

    /** It cannot be read now: nothing is known, neither that the host lives nor that it does not. */
    record Unreadable(String reason) implements SlotFact {}
}
