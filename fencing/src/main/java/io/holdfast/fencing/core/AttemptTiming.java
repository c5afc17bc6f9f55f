package io.holdfast.fencing.core;

import java.time.Duration;

/**
 * The times of an attempt. All durations are positive.
 *
 * @param deadline for the whole attempt, counted from the start that is given with it
 * @param callTimeout for one question or order. Too short: a slow device is taken for a silent one; too long: one lost
 *     datagram uses up the attempt
 * @param firstPause between the first read-back and the second; doubles after each
 * @param longestPause where the doubling ends. Too short: a busy device is asked so often that it cannot act; too long:
 *     the host is off and we do not know it yet
 * @param ordersLimit how often the order is repeated when it is not answered and the host still has power, 1 or more
 */
public record AttemptTiming(
        Duration deadline, Duration callTimeout, Duration firstPause, Duration longestPause, int ordersLimit) {

    public AttemptTiming {
        requirePositive("deadline", deadline);
        requirePositive("call timeout", callTimeout);
        requirePositive("first pause", firstPause);
        requirePositive("longest pause", longestPause);
        if (ordersLimit < 1) {
            throw new IllegalArgumentException("orders limit must be at least 1, is " + ordersLimit);
        }
    }

    /** The same with another deadline, counted from the same start. */
    AttemptTiming until(Duration other) {
        return new AttemptTiming(other, callTimeout, firstPause, longestPause, ordersLimit);
    }

    private static void requirePositive(String what, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(what + " must be positive, is " + value);
        }
    }
}
