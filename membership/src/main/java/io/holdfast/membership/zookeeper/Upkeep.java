package io.holdfast.membership.zookeeper;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that runs a round at an interval, or sooner when poked. A round that fails is repeated; it never ends the thread. */
final class Upkeep implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

    private final Duration interval;
    private final Round round;
    private final Semaphore pokes = new Semaphore(0);
    private final Thread thread;

    private volatile boolean closing;
    private boolean failing;

    Upkeep(String name, Duration interval, Round round) {
        this.interval = interval;
        this.round = round;
        this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Asks for a round now. Never blocks; pokes during a round lead to one more. */
    void poke() {
        pokes.release();
    }

    /** Ends the thread; a round under way gets two seconds, then it is interrupted. */
    @Override
    public void close() {
        closing = true;
        poke();
        if (!thread.isAlive() || Thread.currentThread().equals(thread)) {
            return;
        }
        try {
            if (!thread.join(Duration.ofSeconds(2))) {
                thread.interrupt();
                thread.join(Duration.ofSeconds(2));
            }
        } catch (InterruptedException interrupted) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closing) {
            try {
                round.run();
                if (failing) {
                    failing = false;
                    log.info("{}: works again", thread.getName());
                }
                var _ = pokes.tryAcquire(interval.toNanos(), TimeUnit.NANOSECONDS);
                pokes.drainPermits();
            } catch (InterruptedException interrupted) {
                // Only close() interrupts.
                return;
            } catch (Exception failure) {
                // One line per outage, not one per round. The next round tries again.
                if (!failing && !closing) {
                    failing = true;
                    log.warn("{}: ZooKeeper does not answer ({}); trying on", thread.getName(), failure.toString());
                }
                if (!pause()) {
                    return;
                }
            }
        }
    }

    private boolean pause() {
        try {
            var _ = pokes.tryAcquire(Math.min(200, interval.toMillis()), TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException interrupted) {
            return false;
        }
    }

    /** One look and what it takes to set things right. */
    @FunctionalInterface
    interface Round {
        void run() throws Exception;
    }
}
