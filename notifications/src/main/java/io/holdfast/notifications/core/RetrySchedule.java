package io.holdfast.notifications.core;

import java.time.Duration;

/**
 * What happens after an attempt failed: a longer wait each time, and an end.
 *
 * <p>The wait doubles from {@code first} up to {@code cap}; of that, the upper half is spread by jitter, so that the
 * subscribers of one endpoint that was down do not all come back in the same instant.
 *
 * @param first wait after the first failed attempt, at least 1 ms
 * @param cap longest wait, not shorter than {@code first}
 * @param attemptsMax after this many attempts the delivery is dead, at least 1
 * @param ageMax a fact older than this is not tried again
 */
public record RetrySchedule(Duration first, Duration cap, int attemptsMax, Duration ageMax) {

    public RetrySchedule {
        if (first.toMillis() < 1 || cap.compareTo(first) < 0 || attemptsMax < 1 || ageMax.isNegative()) {
            throw new IllegalArgumentException("not a retry schedule: first " + first + ", cap " + cap + ", attempts "
                    + attemptsMax + ", age " + ageMax);
        }
    }

    /**
     * @param attempts attempts made so far, all failed; at least 1
     * @param age how old the fact is
     * @param jitter from 0 (inclusive) to 1 (exclusive)
     */
    public Next after(int attempts, Duration age, double jitter) {
        if (attempts < 1 || jitter < 0 || jitter >= 1) {
            throw new IllegalArgumentException("attempts " + attempts + ", jitter " + jitter);
        }
        if (attempts >= attemptsMax) {
            return new Next.GiveUp("given up after " + attempts + " attempts");
        }
        if (age.compareTo(ageMax) > 0) {
            return new Next.GiveUp("given up because the fact is older than " + ageMax);
        }
        // 2^30 times a millisecond is twelve days: beyond any cap, and below an overflow.
        long full = Math.min(cap.toMillis(), saturatingTimes(first.toMillis(), 1L << Math.min(attempts - 1, 30)));
        long half = full / 2;
        return new Next.Retry(Duration.ofMillis(full - half + (long) (half * jitter)));
    }

    private static long saturatingTimes(long a, long b) {
        return a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
    }

    /** What to do with a delivery whose attempt failed. */
    public sealed interface Next {
        /** Try again after this wait. */
        record Retry(Duration delay) implements Next {}

        /** It is dead; a human can see why. */
        record GiveUp(String why) implements Next {}
    }
}
