package io.holdfast.server.controller;

import io.holdfast.membership.Leadership;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an election count: a leader acts only when its epoch stands in the database, because it is there that the rows
 * refuse the older one.
 *
 * <p>What if we die here: the epoch is recorded and nobody acts at it; the next leader's is higher.
 */
final class Leader implements Leadership.Listener, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Leader.class);
    private static final Duration RETRY = Duration.ofMillis(200);

    private final Store store;
    private final SegmentId segment;
    private final String name;
    private final Consumer<LeaderEpoch> begin;
    private final ExecutorService recorder = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("leader").daemon().factory());
    private final AtomicReference<@Nullable LeaderEpoch> elected = new AtomicReference<>();
    private final AtomicReference<@Nullable LeaderEpoch> acting = new AtomicReference<>();
    private volatile @Nullable Leadership leadership;

    /** @param begin called once per epoch, after it is recorded; the leader's first acts */
    Leader(Store store, SegmentId segment, String name, Consumer<LeaderEpoch> begin) {
        this.store = store;
        this.segment = segment;
        this.name = name;
        this.begin = begin;
    }

    void stand(Leadership forElection) {
        this.leadership = forElection;
        forElection.start();
    }

    /** The epoch at which this controller may act now; empty when it may not. */
    Optional<LeaderEpoch> current() {
        LeaderEpoch recorded = acting.get();
        Leadership stands = leadership;
        return stands == null || recorded == null
                ? Optional.empty()
                : stands.current().filter(recorded::equals);
    }

    boolean mayAct(SegmentId inSegment, LeaderEpoch epoch) {
        Leadership stands = leadership;
        return stands != null && epoch.equals(acting.get()) && stands.mayAct(inSegment, epoch);
    }

    /** Where the API of whoever leads is; empty when nobody does, it is not known, or this controller leads. */
    Optional<URI> elsewhere() {
        Leadership stands = leadership;
        return stands == null ? Optional.empty() : stands.leaderAddress().flatMap(Leader::uri);
    }

    private static Optional<URI> uri(String address) {
        try {
            URI uri = new URI(address);
            return uri.getHost() == null ? Optional.empty() : Optional.of(uri);
        } catch (URISyntaxException malformed) {
            log.debug("whoever leads calls its address '{}'", address, malformed);
            return Optional.empty();
        }
    }

    /** The database has not answered for a while and another controller may have better luck; or it answers again. */
    void storeAway(boolean away) {
        Leadership stands = leadership;
        if (stands != null) {
            stands.stepAside(away);
        }
    }

    @Override
    public void onElected(LeaderEpoch epoch) {
        elected.set(epoch);
        recorder.execute(() -> record(epoch));
    }

    @Override
    public void onDeposed(LeaderEpoch epoch) {
        log.warn("leader {} -> follower of segment {}: the lease of epoch {} ended", name, segment, epoch);
        elected.compareAndSet(epoch, null);
        acting.compareAndSet(epoch, null);
    }

    private void record(LeaderEpoch epoch) {
        while (epoch.equals(elected.get())) {
            try {
                store.inTransactionDo(session -> Store.recordLeader(session, segment, epoch, name));
                acting.set(epoch);
                log.info("leader {} of segment {} at epoch {}", name, segment, epoch);
                begin.accept(epoch);
                return;
            } catch (StaleLeaderException newer) {
                // The coordination was set up anew and counts from a lower number than the database has seen.
                Leadership stands = leadership;
                if (stands != null) {
                    stands.outranked(newer.current());
                }
                pause();
            } catch (StoreException e) {
                log.warn("elected at epoch {} and waiting for the store: {}", epoch, e.getMessage());
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        elected.set(null);
        acting.set(null);
        recorder.shutdownNow();
        try {
            if (!recorder.awaitTermination(2, TimeUnit.SECONDS)) {
                log.info("an election was being recorded while this controller stopped");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Leadership stands = leadership;
        if (stands != null) {
            stands.close();
        }
    }
}
