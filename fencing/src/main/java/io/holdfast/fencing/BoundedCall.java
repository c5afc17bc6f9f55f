package io.holdfast.fencing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a call that may never return, and comes back in time all the same.
 *
 * <p>The call gets a platform thread of its own: a device that spins would take a virtual thread's carrier with it, and
 * with it everybody else's. When time is up the thread is interrupted and left behind; what it returns later is lost, on
 * purpose. A thread that ignores the interrupt lives on, so their number has a limit: with too many of them left behind,
 * no new call begins.
 */
final class BoundedCall {

    /** Too small: a device that hangs twice is never asked again; too large: a broken driver eats the process. */
    static final int LEFT_BEHIND_LIMIT = 4;

    /** A permit is held by every thread that runs, so by those left behind as well. */
    private final Semaphore running = new Semaphore(LEFT_BEHIND_LIMIT);

    private final String name;

    BoundedCall(String name) {
        this.name = name;
    }

    /**
     * @throws TimeoutException when there is no answer in time, or too many earlier calls still hang
     * @throws ExecutionException when the call threw
     * @throws InterruptedException when the caller was interrupted; the call is interrupted too
     */
    <T> T run(Callable<T> call, Duration timeout) throws InterruptedException, TimeoutException, ExecutionException {
        if (!running.tryAcquire()) {
            throw new TimeoutException(LEFT_BEHIND_LIMIT + " earlier calls still hang; no further one is begun");
        }
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofPlatform().daemon().name(name).start(() -> {
            try {
                task.run();
            } finally {
                running.release();
            }
        });
        try {
            return task.get(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            TimeoutException named = new TimeoutException("no answer within " + timeout.toMillis() + " ms");
            named.initCause(e);
            throw named;
        } finally {
            // Does nothing to a call that has ended. A call that has not begun yet never will.
            task.cancel(true);
        }
    }
}
