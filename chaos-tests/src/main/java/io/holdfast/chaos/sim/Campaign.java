package io.holdfast.chaos.sim;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Many seeds at the same time. A world belongs to one thread from its first event to its last; what is shared is the next
 * seed's number and the list of outcomes.
 */
public final class Campaign {

    private final long first;
    private final long last;
    private final int threads;
    private final AtomicLong next;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final ConcurrentLinkedQueue<Outcome> outcomes = new ConcurrentLinkedQueue<>();

    /**
     * On all processors.
     *
     * @param last is tried too
     */
    public Campaign(long first, long last) {
        this(first, last, Runtime.getRuntime().availableProcessors());
    }

    /**
     * @param last is tried too
     * @param threads how many seeds are played at the same time, 1 or more
     */
    public Campaign(long first, long last, int threads) {
        if (last < first) {
            throw new IllegalArgumentException("the last seed must not be smaller than the first");
        }
        this.first = first;
        this.last = last;
        this.threads = threads;
        this.next = new AtomicLong(first);
    }

    /**
     * Tries every seed, or up to the first violation.
     *
     * @param mutation a fresh one for each world
     * @param each hears of each outcome, on any thread
     */
    public void run(
            Trial trial,
            Supplier<Mutation> mutation,
            boolean wholeStory,
            boolean untilViolation,
            Consumer<Outcome> each) {
        int workers = (int) Math.min(threads, last - first + 1);
        List<Thread> playing = java.util.stream.IntStream.range(0, workers)
                .mapToObj(i -> Thread.ofPlatform()
                        .name("simulation-" + i)
                        .daemon()
                        .unstarted(() -> work(trial, mutation, wholeStory, untilViolation, each)))
                .toList();
        ConcurrentLinkedQueue<Throwable> defects = new ConcurrentLinkedQueue<>();
        playing.forEach(thread -> {
            thread.setUncaughtExceptionHandler((_, defect) -> {
                defects.add(defect);
                stopped.set(true);
            });
            thread.start();
        });
        try {
            for (Thread thread : playing) {
                thread.join();
            }
        } catch (InterruptedException interrupted) {
            stopped.set(true);
            Thread.currentThread().interrupt();
        }
        Throwable defect = defects.peek();
        if (defect != null) {
            throw new IllegalStateException("the simulation itself failed", defect);
        }
    }

    private void work(
            Trial trial,
            Supplier<Mutation> mutation,
            boolean wholeStory,
            boolean untilViolation,
            Consumer<Outcome> each) {
        while (!stopped.get()) {
            long seed = next.getAndIncrement();
            if (seed > last) {
                return;
            }
            Outcome outcome;
            try {
                outcome = trial.run(seed, mutation.get(), wholeStory);
            } catch (RuntimeException defect) {
                throw new IllegalStateException("seed " + seed + ": " + defect, defect);
            }
            outcomes.add(outcome);
            each.accept(outcome);
            if (untilViolation && !outcome.violations().isEmpty()) {
                stopped.set(true);
            }
        }
    }

    /** Begins no further seed. */
    public void stop() {
        stopped.set(true);
    }

    /** What has been tried so far, by seed. */
    public List<Outcome> outcomes() {
        return outcomes.stream()
                .sorted(java.util.Comparator.comparingLong(Outcome::seed))
                .toList();
    }
}
