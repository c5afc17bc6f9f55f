package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.model.Fact;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Feed.Numbered;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The feed of facts: as a list, and as a stream of server-sent events.
 *
 * <p>In the stream each durable fact carries its number as the event's id, so that a client that comes back with
 * {@code Last-Event-ID} misses nothing. A fact told from memory comes at once without an id, and again with one when it
 * is durable; the fact's own id in the data tells that both are the same.
 *
 * <p>A client that reads slower than facts come is told so by a last event {@code dropped} and disconnected; it can come
 * back with the last id it saw. Nothing is kept for it beyond a bounded buffer.
 */
public final class Events {

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;
    private static final int BUFFER_MAX = 1000;

    /** Times the number of streams it has to fit into the heap, with clients that read nothing at all. */
    private static final int WRITE_QUEUE_BYTES_MAX = 128 * 1024;

    /** Of the past, read at once. A page fits into the write queue, or nearly. */
    private static final int PAST_PAGE = 100;

    private static final long HEARTBEAT_MILLIS = 10_000;

    private final Feed feed;
    private final Executor blocking;
    private final int streamsMax;
    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();

    /** @param blocking where the ledger is asked */
    public Events(Feed feed, Executor blocking, int streamsMax) {
        this.feed = feed;
        this.blocking = blocking;
        this.streamsMax = streamsMax;
    }

    public Map<String, Operation> operations() {
        return Map.of("listEvents", this::list);
    }

    private Reply list(Call call) {
        long asked = call.number("limit", LIMIT_DEFAULT);
        if (asked < 1) {
            throw ApiFault.badRequest("limit must be at least 1, is " + asked);
        }
        int limit = (int) Math.min(LIMIT_MAX, asked);
        JsonArray events = new JsonArray();
        feed.after(call.number("after", 0), call.caller().scope(), limit).forEach(one -> events.add(event(one)));
        return Reply.ok(new JsonObject().put("events", events));
    }

    /** Takes over a request that asked for a stream. Called on its event loop. */
    public void stream(RoutingContext context, Caller caller, @Nullable Long after) {
        if (streams.size() >= streamsMax) {
            throw new ApiFault(503, "There are " + streamsMax + " streams of events already; try again later.");
        }
        // The last places are for operators, who need theirs most when something goes wrong.
        int members = (streamsMax + 1) / 2;
        if (!caller.isAdmin()
                && streams.stream().filter(one -> !one.caller.isAdmin()).count() >= members) {
            throw new ApiFault(503, "There are " + members + " streams of events of members already; try again later.");
        }
        Stream stream = new Stream(context, caller);
        streams.add(stream);
        stream.begin(after);
    }

    /** How many streams are open. */
    public int open() {
        return streams.size();
    }

    public void close() {
        streams.forEach(stream -> stream.context.vertx().runOnContext(ignored -> stream.end("the controller stops")));
    }

    static JsonObject event(Numbered one) {
        Fact fact = one.fact();
        return new JsonObject()
                .put("number", one.number() < 0 ? null : one.number())
                .put("id", fact.id().toString())
                .put("type", fact.type())
                .put("subject", fact.subject())
                .put("project", fact.project() == null ? null : fact.project().value())
                .put("at", fact.at().toString())
                .put("data", new JsonObject(fact.data()));
    }

    /** One client. Everything but {@link #hear} happens on the request's event loop. */
    private final class Stream {

        private final RoutingContext context;
        private final Caller caller;
        private final io.vertx.core.Context loop;
        // While the past is being read, what happens meanwhile waits here; null afterwards.
        private @Nullable List<Numbered> waiting = new ArrayList<>();
        private long seen;
        // Where the reading of the past stands; handed between the loop and one reader at a time.
        private volatile long place;
        private long heartbeat = -1;
        private boolean ended;
        private AutoCloseable listening = () -> {};

        private Stream(RoutingContext context, Caller caller) {
            this.context = context;
            this.caller = caller;
            this.loop = context.vertx().getOrCreateContext();
        }

        private void begin(@Nullable Long after) {
            context.response()
                    .setChunked(true)
                    .setWriteQueueMaxSize(WRITE_QUEUE_BYTES_MAX)
                    .putHeader("Content-Type", "text/event-stream")
                    .putHeader("Cache-Control", "no-store")
                    .putHeader("X-Accel-Buffering", "no")
                    .closeHandler(ignored -> end(""));
            write(": holdfast\n\n");
            heartbeat = context.vertx().setPeriodic(HEARTBEAT_MILLIS, ignored -> write(": still here\n\n"));
            // First listen, then read the past: so nothing falls between the two.
            listening = feed.listen(caller.scope(), this::hear);
            if (after == null) {
                caughtUp();
            } else {
                seen = after;
                place = after;
                blocking.execute(this::readPast);
            }
        }

        /**
         * One page, and the next one when the client has taken it: as fast as the client reads, and never more of the
         * ledger in memory than that.
         */
        private void readPast() {
            List<Numbered> page;
            try {
                page = feed.after(place, caller.scope(), PAST_PAGE);
            } catch (RuntimeException e) {
                LOG.warn("a stream of events cannot be begun: {}", e.toString());
                loop.runOnContext(ignored -> end("the feed cannot be read just now"));
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
                StringBuilder text = new StringBuilder();
                page.forEach(one -> append(text, one));
                context.response()
                        .write(text.toString())
                        .onSuccess(written -> readOn())
                        .onFailure(problem -> end(""));
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
            if (!ended && context.response().writeQueueFull()) {
                end("this client reads too slowly; come back with Last-Event-ID");
                return;
            }
            StringBuilder text = new StringBuilder();
            append(text, one);
            if (!text.isEmpty()) {
                write(text.toString());
            }
        }

        /** Nothing, if the client has it already. */
        private void append(StringBuilder text, Numbered one) {
            if (one.number() >= 0 && one.number() <= seen) {
                return;
            }
            if (one.number() >= 0) {
                seen = one.number();
                text.append("id: ").append(one.number()).append('\n');
            }
            // JSON has no raw line breaks, so one data line is enough.
            text.append("event: ").append(one.fact().type()).append('\n');
            text.append("data: ").append(event(one).encode()).append("\n\n");
        }

        private void write(String text) {
            if (!ended && !context.response().ended()) {
                context.response().write(text).onFailure(ignored -> end(""));
            }
        }

        private void end(String why) {
            if (ended) {
                return;
            }
            ended = true;
            streams.remove(this);
            context.vertx().cancelTimer(heartbeat);
            try {
                listening.close();
            } catch (Exception e) {
                LOG.warn("cannot stop listening to the feed: {}", e.toString());
            }
            if (!context.response().ended() && !context.response().closed()) {
                String last = why.isEmpty()
                        ? ""
                        : "event: dropped\ndata: "
                                + new JsonObject().put("reason", why).encode() + "\n\n";
                context.response()
                        .end(last)
                        .onComplete(ignored -> context.request().connection().close());
            }
        }
    }
}
