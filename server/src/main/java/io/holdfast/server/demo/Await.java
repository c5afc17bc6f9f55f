package io.holdfast.server.demo;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting on a condition, with a limit and a way to say what was there instead. */
final class Await {

    private Await() {}

    static void until(
            String what, Duration limit, Duration interval, BooleanSupplier condition, Supplier<String> instead) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new StoryFailure(
                        "waited " + limit.toSeconds() + " s for " + what + "; instead: " + instead.get());
            }
            pause(interval);
        }
    }

    static void pause(Duration interval) {
        try {
            Thread.sleep(interval);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoryFailure("interrupted");
        }
    }
}
