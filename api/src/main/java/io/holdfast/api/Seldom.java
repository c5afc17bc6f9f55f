package io.holdfast.api;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets one of many pass: for log lines that callers could otherwise fill the log with. May be called from any thread.
 */
final class Seldom {

    private final long everyNanos;
    private final LongSupplier nanoTime;
    private boolean passed;
    private long lastNanos;

    /** @param nanoTime a monotonic clock in nanoseconds */
    Seldom(Duration every, LongSupplier nanoTime) {
        this.everyNanos = every.toNanos();
        this.nanoTime = nanoTime;
    }

    /** True for the first call, and then once after each time that has passed since. */
    synchronized boolean now() {
        long now = nanoTime.getAsLong();
        if (passed && now - lastNanos < everyNanos) {
            return false;
        }
        passed = true;
        lastNanos = now;
        return true;
    }
}
