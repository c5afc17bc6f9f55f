package io.holdfast.api.ha;

import io.holdfast.notifications.Feed.Numbered;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** The feed as a response that does not end. A client that is dropped gets a last event {@code dropped} that says why. */
final class ServerSentEvents implements FeedStream.Outlet {

    /** Times the number of streams it has to fit into the heap, with clients that read nothing at all. */
    static final int WRITE_QUEUE_BYTES_MAX = 128 * 1024;

    static final long HEARTBEAT_MILLIS = 10_000;

    private final RoutingContext context;
    private long heartbeat = -1;

    ServerSentEvents(RoutingContext context) {
        this.context = context;
    }

    void begin(FeedStream stream) {
        context.response()
                .setChunked(true)
                .setWriteQueueMaxSize(WRITE_QUEUE_BYTES_MAX)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no")
                .closeHandler(ignored -> stream.end(""));
        comment(stream, ": holdfast\n\n");
        heartbeat = context.vertx().setPeriodic(HEARTBEAT_MILLIS, ignored -> comment(stream, ": still here\n\n"));
    }

    @Override
    public Future<Void> write(List<Numbered> events) {
        StringBuilder text = new StringBuilder();
        for (Numbered one : events) {
            if (one.number() >= 0) {
                text.append("id: ").append(one.number()).append('\n');
            }
            // JSON has no raw line breaks, so one data line is enough.
            text.append("event: ").append(one.fact().type()).append('\n');
            text.append("data: ").append(Events.event(one).encode()).append("\n\n");
        }
        return context.response().write(text.toString());
    }

    @Override
    public boolean isFull() {
        return context.response().writeQueueFull();
    }

    @Override
    public void end(String why) {
        context.vertx().cancelTimer(heartbeat);
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

    private void comment(FeedStream stream, String text) {
        if (!context.response().ended()) {
            context.response().write(text).onFailure(ignored -> stream.end(""));
        }
    }
}
