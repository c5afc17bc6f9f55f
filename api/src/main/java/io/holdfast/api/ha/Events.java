package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Feed.Numbered;
import io.holdfast.notifications.core.FaultRecord;
import io.vertx.core.Future;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The feed of facts: as a list, as a stream of server-sent events, and over a WebSocket.
 *
 * <p>In both kinds of stream each durable fact carries its number, so that a client that comes back with the last one it
 * saw misses nothing. A fact told from memory comes at once without a number, and again with one when it is durable; the
 * fact's own id in the data tells that both are the same.
 */
public final class Events {

    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;

    private final Feed feed;
    private final Executor blocking;
    private final int streamsMax;
    private final Map<FeedStream, Caller> streams = new ConcurrentHashMap<>();

    /** @param blocking where the ledger is asked */
    public Events(Feed feed, Executor blocking, int streamsMax) {
        this.feed = feed;
        this.blocking = blocking;
        this.streamsMax = streamsMax;
    }

    /** The operation that is nothing but a stream has no answer of its own. */
    public Map<String, Operation> operations() {
        return Map.of("listEvents", this::list, "followEvents", call -> {
            throw ApiFault.badRequest("This is a WebSocket: come with the headers Upgrade and Connection.");
        });
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

    /** Takes over a request that asked for a stream of server-sent events. Called on its event loop. */
    public void stream(RoutingContext context, Caller caller, @Nullable Long after) {
        requireRoom(caller);
        ServerSentEvents outlet = new ServerSentEvents(context);
        FeedStream stream = add(context, caller, outlet);
        outlet.begin(stream);
        stream.begin(after);
    }

    /** Takes over a request that asked to become a WebSocket, and is paused since it came. Called on its event loop. */
    public void socket(RoutingContext context, Caller caller, @Nullable Long after) {
        requireRoom(caller);
        EventSocket outlet = new EventSocket(context.vertx());
        FeedStream stream = add(context, caller, outlet);
        Future<ServerWebSocket> upgrade;
        try {
            upgrade = context.request().toWebSocket();
        } catch (IllegalStateException e) {
            upgrade = Future.failedFuture(e);
        }
        upgrade.onSuccess(socket -> {
                    outlet.begin(socket, stream);
                    stream.begin(after);
                })
                .onFailure(problem -> {
                    streams.remove(stream);
                    context.fail(
                            400, ApiFault.badRequest("This cannot become a WebSocket: " + problem.getMessage() + "."));
                });
    }

    /** How many streams are open. */
    public int open() {
        return streams.size();
    }

    public void close() {
        streams.keySet().forEach(stream -> stream.endSoon("the controller stops"));
    }

    private FeedStream add(RoutingContext context, Caller caller, FeedStream.Outlet outlet) {
        FeedStream stream = new FeedStream(
                feed,
                blocking,
                caller.scope(),
                context.vertx().getOrCreateContext(),
                outlet,
                gone -> streams.remove(gone));
        streams.put(stream, caller);
        return stream;
    }

    private void requireRoom(Caller caller) {
        if (streams.size() >= streamsMax) {
            throw new ApiFault(503, "There are " + streamsMax + " streams of events already; try again later.");
        }
        // The last places are for operators, who need theirs most when something goes wrong.
        int members = (streamsMax + 1) / 2;
        if (!caller.isAdmin()
                && streams.values().stream().filter(one -> !one.isAdmin()).count() >= members) {
            throw new ApiFault(503, "There are " + members + " streams of events of members already; try again later.");
        }
    }

    static JsonObject event(Numbered one) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("number", one.number() < 0 ? null : one.number());
        event.putAll(FaultRecord.of(one.fact()));
        return new JsonObject(event);
    }
}
