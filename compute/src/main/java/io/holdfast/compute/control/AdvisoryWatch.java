package io.holdfast.compute.control;

import io.holdfast.compute.Advisories;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tells when what was said of a host is in force no longer, and removes it. It does nothing to placement: there a word ends with its own time.
 *
 * <p>Only the leader looks. What if we die here: the rows are still there, and the next leader's first look finds them. One thread, started by
 * {@link #start}; {@link #lookOnce} is its work, for it and for tests alone.
 */
public final class AdvisoryWatch implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final Advisories book;
    private final Runnable told;
    private final LeaderLooks looks;

    /** @param told called after something that is to be told was written */
    public AdvisoryWatch(Advisories book, Supplier<Optional<LeaderEpoch>> leader, Runnable told) {
        this.book = book;
        this.looks = new LeaderLooks(
                "advisories",
                INTERVAL,
                leader,
                this::look,
                "what was said of hosts could not be looked through for what is over");
        this.told = told;
    }

    public void start() {
        looks.start();
    }

    /** One look, if this controller leads. What fails is done by the next. */
    public void lookOnce() {
        looks.once();
    }

    private void look() {
        if (book.expire() > 0) {
            told.run();
        }
    }

    @Override
    public void close() {
        looks.close();
    }
}
