package io.holdfast.slot.file;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs accesses to one device on one thread, and comes back in time whether they do or not.
 *
 * <p>An access that hangs keeps the thread, and nothing else is begun until it comes back; so a dead storage costs one thread, and
 * no write overtakes another. It is not interrupted: that would close the channel, and not free a thread that sits in the kernel.
 */
final class OneAtATime implements AutoCloseable {

    private final Semaphore free = new Semaphore(1);
    private final ExecutorService thread;
    private volatile long startedNanos;

    OneAtATime(String name) {
        thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
    }

    /**
     * @throws IOException what the access threw, or that it did not come back in time; then it may still be done
     */
    <T> T run(Callable<T> access, Duration deadline) throws IOException {
        long end = System.nanoTime() + deadline.toNanos();
        FutureTask<T> task = new FutureTask<>(access);
        try {
            if (!free.tryAcquire(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("an earlier access has not come back for "
                        + Duration.ofNanos(System.nanoTime() - startedNanos).toMillis() + " ms");
            }
            startedNanos = System.nanoTime();
            thread.execute(() -> {
                try {
                    task.run();
                } finally {
                    free.release();
                }
            });
            return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the storage has not answered within " + deadline.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the storage", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException ours -> throw ours;
                case Error error -> throw error;
                case null, default -> throw new IOException(e.getCause());
            }
        }
    }

    /** Done after whatever is under way, and not waited for. What it throws is nobody's business any more. */
    void later(Callable<?> last) {
        thread.execute(new FutureTask<>(last));
    }

    /** Does not wait for an access that hangs. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
