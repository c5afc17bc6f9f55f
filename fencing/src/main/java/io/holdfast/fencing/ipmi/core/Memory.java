package io.holdfast.fencing.ipmi.core;

import org.jspecify.annotations.Nullable;

/**
 * What a conversation remembers across its states.
 *
 * @param logins how often a proof of ours was refused although the device's own was right
 * @param roundTripNanos the longest that it took for an answer whose copy is known; 0 before the first. The longest, because some devices
 *     are quick to open a session and slow to compute its keys
 * @param busyCount how often it said that it was busy, since it last answered otherwise
 * @param unreachableCount how often the network said that nobody is there, since something last came
 * @param pong whether it answered a presence ping
 * @param busy the latest excuse, since it last answered otherwise
 * @param garbled what was wrong with the latest thing that could not be used, since it last answered well
 * @param unreachable what the network said, since something last came
 */
record Memory(
        int logins,
        long roundTripNanos,
        int busyCount,
        int unreachableCount,
        boolean pong,
        @Nullable String busy,
        @Nullable String garbled,
        @Nullable String unreachable) {

    static final Memory NONE = new Memory(0, 0, 0, 0, false, null, null, null);

    /**
     * A right answer.
     *
     * @param roundTrip 0 if it is not known which copy it answers
     */
    Memory answered(long roundTrip) {
        return new Memory(logins, Math.max(roundTripNanos, roundTrip), 0, 0, pong, null, null, null);
    }

    Memory busyWith(String excuse) {
        return new Memory(logins, roundTripNanos, busyCount + 1, 0, pong, excuse, null, null);
    }

    Memory garbledBy(String what) {
        return new Memory(logins, roundTripNanos, busyCount, 0, pong, busy, what, null);
    }

    Memory unreachableBy(String what) {
        return new Memory(logins, roundTripNanos, busyCount, unreachableCount + 1, pong, busy, garbled, what);
    }

    Memory ponged() {
        return new Memory(logins, roundTripNanos, busyCount, 0, true, busy, garbled, null);
    }

    Memory refusedOnce() {
        return new Memory(logins + 1, roundTripNanos, busyCount, 0, pong, busy, garbled, null);
    }
}
