package io.holdfast.recovery;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where calls that may block are run, and where a call that failed waits for its next try.
 *
 * <p>A port rather than an executor, because the pause before the next try belongs to whoever owns the time: a simulation
 * lets ten minutes of them pass at once.
 */
public interface Workers extends AutoCloseable {

    /** Runs it soon, beside whatever else runs. Dropped after {@link #close}. */
    void run(Runnable call);

    /** Runs it after the pause. Dropped after {@link #close}. */
    void runAfter(Duration pause, Runnable call);

    /** Waits for an answer of the owner thread, at most so long. */
    default <T> T await(CompletableFuture<T> answer, Duration limit)
            throws ExecutionException, InterruptedException, TimeoutException {
        return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Interrupts what runs and waits at most 5 s for it to end. */
    @Override
    void close();

    /** A virtual thread for each call. */
    static Workers virtualThreads() {
        return new VirtualThreads();
    }

    /** The production adapter. */
    final class VirtualThreads implements Workers {

        private static final Logger log = LoggerFactory.getLogger(VirtualThreads.class);

        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

        private VirtualThreads() {}

        @Override
        public void run(Runnable call) {
            try {
                var _ = threads.submit(call);
            } catch (RejectedExecutionException closed) {
                log.debug("closing, a call is not made");
            }
        }

        @Override
        public void runAfter(Duration pause, Runnable call) {
            run(() -> {
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException closed) {
                    Thread.currentThread().interrupt();
                    return;
                }
                call.run();
            });
        }

        @Override
        public void close() {
            threads.shutdownNow();
            try {
                if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                    log.warn("calls are still under way after 5 s; they are left behind");
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
