package io.holdfast.compute.control;

import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a leader looks at again and again, one look after the other, in a thread of its own; a controller that does not lead looks at nothing. A
 * look that fails is told once, until one has gone well; every look tries again.
 */
final class LeaderLooks implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LeaderLooks.class);

    private final Duration interval;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final Runnable look;
    private final String failure;
    private final Thread thread;
    private boolean troubled;

    /**
     * @param name of the thread
     * @param interval between two looks
     * @param failure what is said when one fails
     */
    LeaderLooks(String name, Duration interval, Supplier<Optional<LeaderEpoch>> leader, Runnable look, String failure) {
        this.interval = interval;
        this.leader = leader;
        this.look = look;
        this.failure = failure;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            once();
            try {
                TimeUnit.NANOSECONDS.sleep(interval.toNanos());
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    /** One of them; not while the thread runs. */
    void once() {
        try {
            if (leader.get().isPresent()) {
                look.run();
                troubled = false;
            }
        } catch (RuntimeException e) {
            if (!troubled) {
                log.warn("{}; every look tries again", failure, e);
            }
            troubled = true;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
