package io.holdfast.compute.control;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands what many threads bring to one worker, in the order in which it came, everything that has gathered at once.
 *
 * <p>Nobody waits for a batch to fill: one that comes alone is worked on alone and at once, and what comes while the worker
 * is busy is its next batch. So the busier it is, the more share a transaction.
 *
 * <p>Any thread may add.
 */
public final class Gathered<T> implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Gathered.class);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final String name;
    private final int most;
    private final Consumer<List<T>> work;
    private final Consumer<List<T>> left;
    private final ConcurrentLinkedQueue<T> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean asked = new AtomicBoolean();
    private final ExecutorService worker;
    private volatile boolean closed;

    /**
     * @param name of the worker's thread
     * @param most in one batch, 1 or more
     * @param work called in the worker's thread alone; what it throws is a defect, which costs its batch and no other
     * @param left called once, in the thread that closes, with what no worker takes any more
     */
    public Gathered(String name, int most, Consumer<List<T>> work, Consumer<List<T>> left) {
        this.name = name;
        this.most = most;
        this.work = work;
        this.left = left;
        this.worker = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name(name).daemon().factory());
    }

    /** @return whether it will be worked on or given to {@code left}; not when this is closed */
    public boolean add(T one) {
        waiting.add(one);
        // Whoever closes sets the flag before it empties the queue: one of the two of us sees the other.
        if (closed) {
            return !waiting.remove(one);
        }
        if (asked.compareAndSet(false, true)) {
            try {
                worker.execute(this::run);
            } catch (RejectedExecutionException e) {
                log.debug("{}: something came while it was closed", name, e);
                return !waiting.remove(one);
            }
        }
        return true;
    }

    private void run() {
        // Before the queue is read: what comes from here on asks again.
        asked.set(false);
        for (List<T> batch = batch(); !batch.isEmpty(); batch = batch()) {
            try {
                work.accept(batch);
            } catch (RuntimeException e) {
                log.error("{}: a batch of {} was not worked on", name, batch.size(), e);
            }
        }
    }

    private List<T> batch() {
        List<T> batch = new ArrayList<>();
        while (batch.size() < most) {
            // Those of a batch that was begun are worked on; the rest is left.
            T one = closed && batch.isEmpty() ? null : waiting.poll();
            if (one == null) {
                break;
            }
            batch.add(one);
        }
        return batch;
    }

    /** Waits up to two seconds for the batch that is being worked on, which is interrupted. */
    @Override
    public void close() {
        closed = true;
        worker.shutdownNow();
        try {
            if (!worker.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.info("{}: closed while a batch was being worked on", name);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<T> rest = new ArrayList<>();
        for (T one = waiting.poll(); one != null; one = waiting.poll()) {
            rest.add(one);
        }
        left.accept(rest);
    }
}
