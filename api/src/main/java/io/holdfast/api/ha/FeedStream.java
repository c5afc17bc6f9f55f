package io.holdfast.api.ha;

import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Feed.Numbered;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of the feed, whatever it is connected by: first what it missed, as fast as it reads, then what happens.
 *
 * <p>Everything but {@link #hear} happens on the client's event loop. A client that reads slower than facts come is told
 * so and disconnected: nothing is kept for it beyond a bounded buffer, and the ledger has it all.
 */
final class FeedStream {

    private static final Logger LOG = LoggerFactory.getLogger(FeedStream.class);

    private static final int BUFFER_MAX = 1000;

    /** Of the past, read at once. A page fits into the write queue, or nearly. */
    private static final int PAST_PAGE = 100;

    private final Feed feed;
    private final Executor blocking;
    private final @Nullable ProjectId project;
    private final Context loop;
    private final Outlet outlet;
    private final Consumer<FeedStream> gone;
    // While the past is being read, what happens meanwhile waits here; null afterwards.
    private @Nullable List<Numbered> waiting = new ArrayList<>();
    private long seen;
    // Where the reading of the past stands; handed between the loop and one reader at a time.
    private volatile long place;
    private boolean ended;
    private AutoCloseable listening = () -> {};

    /** The connection, as the stream sees it. On the event loop. */
    interface Outlet {

        /** Succeeds when the client has taken them, or nearly. */
        Future<Void> write(List<Numbered> events);

        /** Whether the client reads more slowly than we write. */
        boolean isFull();

        /** @param why to be told to the client; empty when it is gone already */
        void end(String why);
    }

    /** @param gone called once, when the stream has ended */
    FeedStream(
            Feed feed,
            Executor blocking,
            @Nullable ProjectId project,
            Context loop,
            Outlet outlet,
            Consumer<FeedStream> gone) {
        this.feed = feed;
        this.blocking = blocking;
        this.project = project;
        this.loop = loop;
        this.outlet = outlet;
        this.gone = gone;
    }

    /** @param after the last number that the client has seen, or null for one that wants nothing of the past */
    void begin(@Nullable Long after) {
        // First listen, then read the past: so nothing falls between the two.
        listening = feed.listen(project, this::hear);
        if (after == null) {
            caughtUp();
        } else {
            seen = after;
            place = after;
            blocking.execute(this::readPast);
        }
    }

    /** From any thread. */
    void endSoon(String why) {
        loop.runOnContext(ignored -> end(why));
    }

    void end(String why) {
        if (ended) {
            return;
        }
        ended = true;
        gone.accept(this);
        try {
            listening.close();
        } catch (Exception e) {
            LOG.warn("cannot stop listening to the feed: {}", e.toString());
        }
        outlet.end(why);
    }

    /**
     * One page, and the next one when the client has taken it: as fast as the client reads, and never more of the
     * ledger in memory than that.
     */
    private void readPast() {
        List<Numbered> page;
        try {
            page = feed.after(place, project, PAST_PAGE);
        } catch (RuntimeException e) {
            LOG.warn("a stream of events cannot be begun: {}", e.toString());
            endSoon("the feed cannot be read just now");
            return;
        }
        loop.runOnContext(ignored -> {
            if (ended) {
                return;
            }
            if (page.isEmpty()) {
                caughtUp();
                return;
            }
            place = page.getLast().number();
            outlet.write(fresh(page)).onSuccess(written -> readOn()).onFailure(problem -> end(""));
        });
    }

    private void readOn() {
        if (!ended) {
            blocking.execute(this::readPast);
        }
    }

    /** On the thread of whoever tells; must not block. */
    private void hear(Numbered one) {
        loop.runOnContext(ignored -> {
            if (waiting == null) {
                show(one);
            } else if (waiting.size() < BUFFER_MAX) {
                waiting.add(one);
            } else {
                end("too many events while the past was read");
            }
        });
    }

    private void caughtUp() {
        List<Numbered> meanwhile = waiting == null ? List.of() : waiting;
        waiting = null;
        meanwhile.forEach(this::show);
    }

    private void show(Numbered one) {
        if (ended) {
            return;
        }
        if (outlet.isFull()) {
            end("this client reads too slowly; come back with the last number that you saw, as Last-Event-ID or after");
            return;
        }
        List<Numbered> fresh = fresh(List.of(one));
        if (!fresh.isEmpty()) {
            outlet.write(fresh).onFailure(ignored -> end(""));
        }
    }

    /** Without what the client has already. */
    private List<Numbered> fresh(List<Numbered> events) {
        List<Numbered> fresh = new ArrayList<>();
        for (Numbered one : events) {
            if (one.number() < 0 || one.number() > seen) {
                seen = Math.max(seen, one.number());
                fresh.add(one);
            }
        }
        return fresh;
    }
}
