package io.holdfast.compute.store;

import io.holdfast.store.StoreUnavailable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The wait of somebody whose write shares a transaction with others', made by another thread. */
final class SharedWrite {

    private SharedWrite() {}

    /**
     * Waits for what the write came to.
     *
     * @param what is written, for people: {@code instance …}
     * @throws StoreUnavailable with an unknown outcome, when there is no answer in time or this thread is interrupted
     * @throws RuntimeException the very one that the write was refused with, which its caller knows how to answer
     */
    static <T> T await(CompletableFuture<T> answer, Duration within, String what) {
        try {
            return answer.get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new StoreUnavailable(
                    what + " was not stored within " + within.toSeconds() + " s; it may be stored yet", true, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("interrupted while " + what + " was being stored", true, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException refusal) {
                throw refusal;
            }
            throw new IllegalStateException(what + " could not be stored", e);
        }
    }
}
