package io.holdfast.compute.control;

import io.holdfast.compute.HostLoads;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down how busy hosts are, for planners of every controller. While nobody weighs hosts by it nothing is written: each change makes the
 * next plan another question.
 *
 * <p>Only the leader, which hears every agent. What if we die here: what was written is good for some minutes, and the next leader goes on. One
 * thread, started by {@link #start}; {@link #lookOnce} is its work, for it and for tests alone.
 */
public final class LoadWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LoadWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final Supplier<Map<HostId, Integer>> heard;
    private final HostLoads book;
    private final BooleanSupplier wanted;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final Thread looks = Thread.ofVirtual().name("loads").unstarted(this::run);
    private boolean troubled;

    /**
     * @param heard what agents say now, by host; must not block
     * @param wanted whether it counts anywhere now; may read the store
     */
    public LoadWatch(
            Supplier<Map<HostId, Integer>> heard,
            HostLoads book,
            BooleanSupplier wanted,
            Supplier<Optional<LeaderEpoch>> leader) {
        this.heard = heard;
        this.book = book;
        this.wanted = wanted;
        this.leader = leader;
    }

    public void start() {
        looks.start();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            lookOnce();
            try {
                TimeUnit.NANOSECONDS.sleep(INTERVAL.toNanos());
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    /** One look, if this controller leads. What fails is done by the next; meanwhile hosts count as half busy at worst. */
    public void lookOnce() {
        if (leader.get().isEmpty()) {
            return;
        }
        try {
            if (wanted.getAsBoolean()) {
                book.record(heard.get());
            }
            troubled = false;
        } catch (RuntimeException e) {
            if (!troubled) {
                log.warn("how busy hosts are could not be written down; every look tries again", e);
            }
            troubled = true;
        }
    }

    @Override
    public void close() {
        looks.interrupt();
    }
}
