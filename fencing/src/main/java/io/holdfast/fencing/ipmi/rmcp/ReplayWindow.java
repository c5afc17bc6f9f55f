package io.holdfast.fencing.ipmi.rmcp;

import java.util.Optional;

/**
 * Which sequence numbers of a session have been seen, so that each packet counts once (section 6.12.13).
 *
 * <p>The specification lets a receiver drop numbers far ahead. We take them, because what is asked here has a right code already,
 * and after a burst of lost packets the other side would be deaf to us for good.
 *
 * @param highest the highest number seen, unsigned; 0 before the first
 * @param seen bit n: {@code highest - n} was seen
 */
public record ReplayWindow(int highest, long seen) {

    /** Nothing seen yet. */
    public static final ReplayWindow EMPTY = new ReplayWindow(0, 0);

    /** How far back a packet may come late. */
    static final int BACK_MAX = 31;

    /** The window with that number in it; empty when it has been seen, is too old, or is 0, which no session uses. */
    public Optional<ReplayWindow> with(int sequence) {
        if (sequence == 0) {
            return Optional.empty();
        }
        long ahead = Integer.toUnsignedLong(sequence) - Integer.toUnsignedLong(highest);
        if (ahead > 0) {
            long kept = ahead > BACK_MAX ? 0 : seen << ahead;
            return Optional.of(new ReplayWindow(sequence, kept | 1));
        }
        long back = -ahead;
        if (back > BACK_MAX || (seen >> back & 1) == 1) {
            return Optional.empty();
        }
        return Optional.of(new ReplayWindow(highest, seen | 1L << back));
    }
}
