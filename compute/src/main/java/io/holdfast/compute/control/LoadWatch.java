package io.holdfast.compute.control;

import io.holdfast.compute.HostLoads;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Writes down how busy hosts are, for planners of every controller. While nobody weighs hosts by it nothing is written: each change makes the
 * next plan another question.
 *
 * <p>Only the leader, which hears every agent. What if we die here: what was written is good for some minutes, and the next leader goes on. One
 * thread, started by {@link #start}; {@link #lookOnce} is its work, for it and for tests alone.
 */
public final class LoadWatch implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final Supplier<Map<HostId, Integer>> heard;
    private final HostLoads book;
    private final BooleanSupplier wanted;
    private final LeaderLooks looks;

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
        this.looks =
                new LeaderLooks("loads", INTERVAL, leader, this::look, "how busy hosts are could not be written down");
    }

    public void start() {
        looks.start();
    }

    /** One look, if this controller leads. What fails is done by the next; meanwhile hosts count as half busy at worst. */
    public void lookOnce() {
        looks.once();
    }

    private void look() {
        if (wanted.getAsBoolean()) {
            book.record(heard.get());
        }
    }

    @Override
    public void close() {
        looks.close();
    }
}
