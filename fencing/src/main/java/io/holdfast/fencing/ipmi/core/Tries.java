package io.holdfast.fencing.ipmi.core;

import java.util.ArrayList;
import java.util.List;

/**
 * How often something has been sent, and when it is sent again.
 *
 * @param firstTag tag of the first copy; each copy of a handshake message has its own, so that an answer tells which copy it answers
 * @param sentAt when each copy went out
 * @param pace how the pauses grow
 * @param nextAt when the next one does
 */
record Tries(int firstTag, List<Long> sentAt, Pace pace, long nextAt) {

    Tries {
        sentAt = List.copyOf(sentAt);
    }

    private static final long MILLI = 1_000_000;

    /** A busy device is left alone for so long before it is asked again. */
    static final Pace BUSY = new Pace(100 * MILLI, 1.5, 1000 * MILLI);

    /** What is repeated, and how soon at least. */
    enum Kind {
        /** Costs a device little, so it may be repeated soon. */
        HANDSHAKE(50, 1.5),
        READING(150, 1.5),
        /**
         * Takes the longest, and a device that carries each copy out one after the other is busy for as many times as there
         * are copies: three in three seconds. A lost answer does not matter much, because the power is read back anyway.
         */
        ORDER(500, 2);

        private final long minNanos;
        private final double growth;

        Kind(long minMillis, double growth) {
            this.minNanos = minMillis * MILLI;
            this.growth = growth;
        }
    }

    /**
     * @param firstNanos from the first copy to the second
     * @param growth how many times as long each further pause is
     * @param maxNanos where that ends. Too long: a lossy network uses up the deadline; too short: a slow device gets work that
     *     nobody waits for
     */
    record Pace(long firstNanos, double growth, long maxNanos) {

        /**
         * By the time that the device took for an answer: four times that at first, and at most eight times; within bounds.
         *
         * @param roundTrip 0 if nothing is known yet
         */
        static Pace of(Kind kind, long roundTrip) {
            long first = roundTrip == 0 ? 200 * MILLI : Math.min(4 * roundTrip, 1000 * MILLI);
            long max = roundTrip == 0 ? 500 * MILLI : Math.clamp(8 * roundTrip, 250 * MILLI, 1000 * MILLI);
            return kind == Kind.ORDER
                    ? new Pace(Math.max(first, kind.minNanos), kind.growth, 2000 * MILLI)
                    : new Pace(Math.max(first, kind.minNanos), kind.growth, Math.max(max, first));
        }

        /**
         * How long to wait after a copy.
         *
         * @param before how many copies went before this one
         */
        long pause(int before) {
            double pause = firstNanos * Math.pow(growth, before);
            return pause > maxNanos ? maxNanos : (long) pause;
        }
    }

    /** Nothing sent yet; to be sent at that time. */
    static Tries at(int firstTag, Pace pace, long nextAt) {
        return new Tries(firstTag, List.of(), pace, nextAt);
    }

    /** One more copy, now. */
    Tries again(long now) {
        List<Long> all = new ArrayList<>(sentAt);
        all.add(now);
        return new Tries(firstTag, all, pace, now + pace.pause(sent()));
    }

    /** No further copy before that time. */
    Tries until(long at) {
        return new Tries(firstTag, sentAt, pace, at);
    }

    /** How many copies. */
    int sent() {
        return sentAt.size();
    }

    /** When the copy with that tag went out. */
    long sentAt(int tag) {
        return sentAt.get(tag - firstTag & 0xff);
    }

    /** The tag of the last copy. */
    int tag() {
        return firstTag + sent() - 1 & 0xff;
    }

    /** The first tag after those used so far. */
    int next() {
        return firstTag + sent() & 0xff;
    }

    /** Whether that tag is of one of the copies. */
    boolean has(int tag) {
        return (tag - firstTag & 0xff) < sent();
    }
}
