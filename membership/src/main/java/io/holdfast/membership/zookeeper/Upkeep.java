package io.holdfast.membership.zookeeper;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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

    /** How long the round under way wants the next one to wait at the most. Only the thread of the rounds touches it. */
    private long nextNanos;

    /** How long nobody can call for the next one. */
    private long restNanos;

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

    /** Called in a round: the next one comes that soon, if not sooner. */
    void within(Duration time) {
        nextNanos = Math.min(nextNanos, time.toNanos());
    }

    /** Called in a round: no poke brings the next one sooner. Short, because {@link #close} waits for it. */
    void rest(Duration time) {
        restNanos = time.toNanos();
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
                nextNanos = interval.toNanos();
                restNanos = 0;
                round.run();
                if (failing) {
                    failing = false;
                    log.info("{}: works again", thread.getName());
                }
                LockSupport.parkNanos(restNanos);
                var _ = pokes.tryAcquire(Math.max(0, nextNanos - restNanos), TimeUnit.NANOSECONDS);
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
