package io.holdfast.compute.control;

import io.holdfast.compute.Advisories;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when what was said of a host is in force no longer, and removes it. It does nothing to placement: there a word ends with its own time.
 *
 * <p>Only the leader looks. What if we die here: the rows are still there, and the next leader's first look finds them. One thread, started by
 * {@link #start}; {@link #lookOnce} is its work, for it and for tests alone.
 */
public final class AdvisoryWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AdvisoryWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final Advisories book;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final Runnable told;
    private final Thread looks = Thread.ofVirtual().name("advisories").unstarted(this::run);
    private boolean troubled;

    /** @param told called after something that is to be told was written */
    public AdvisoryWatch(Advisories book, Supplier<Optional<LeaderEpoch>> leader, Runnable told) {
        this.book = book;
        this.leader = leader;
        this.told = told;
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

    /** One look, if this controller leads. What fails is done by the next. */
    public void lookOnce() {
        if (leader.get().isEmpty()) {
            return;
        }
        try {
            if (book.expire() > 0) {
                told.run();
            }
            troubled = false;
        } catch (RuntimeException e) {
            if (!troubled) {
                log.warn(
                        "what was said of hosts could not be looked through for what is over; every look tries again",
                        e);
            }
            troubled = true;
        }
    }

    @Override
    public void close() {
        looks.interrupt();
    }
}
