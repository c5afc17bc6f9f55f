package io.holdfast.api.ha;

import io.holdfast.notifications.Feed.Numbered;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The feed over a WebSocket: each event is one text message. The client says nothing; whether it is still there is asked
 * by a ping, and one that leaves three without an answer is gone. A client that is dropped is told why in the reason of
 * the closing.
 */
final class EventSocket implements FeedStream.Outlet {

    private static final int PINGS_UNANSWERED_MAX = 3;

    /** "Try again later": the client may come back with the last number it saw. */
    private static final short TRY_AGAIN_LATER = 1013;

    private static final short NOT_ACCEPTABLE = 1003;

    /** The protocol has room for 125 bytes, of which two are the code. */
    private static final int REASON_BYTES_MAX = 123;

    private final Vertx vertx;
    private @Nullable ServerWebSocket socket;
    private long heartbeat = -1;
    private int unanswered;

    EventSocket(Vertx vertx) {
        this.vertx = vertx;
    }

    void begin(ServerWebSocket opened, FeedStream stream) {
        socket = opened;
        opened.setWriteQueueMaxSize(ServerSentEvents.WRITE_QUEUE_BYTES_MAX);
        opened.closeHandler(ignored -> stream.end(""));
        opened.exceptionHandler(ignored -> stream.end(""));
        opened.pongHandler(ignored -> unanswered = 0);
        opened.frameHandler(frame -> {
            if (frame.isText() || frame.isBinary() || frame.isContinuation()) {
                // Before the stream ends, because its end closes with another code.
                opened.close(NOT_ACCEPTABLE, "events come from here only");
                stream.end("");
            }
        });
        heartbeat = vertx.setPeriodic(ServerSentEvents.HEARTBEAT_MILLIS, ignored -> beat(opened, stream));
    }

    @Override
    public Future<Void> write(List<Numbered> events) {
        ServerWebSocket to = socket;
        if (to == null) {
            return Future.failedFuture("not open yet");
        }
        Future<Void> last = Future.succeededFuture();
        for (Numbered one : events) {
            last = to.writeTextMessage(Events.event(one).encode());
        }
        return last;
    }

    @Override
    public boolean isFull() {
        return socket != null && socket.writeQueueFull();
    }

    @Override
    public void end(String why) {
        vertx.cancelTimer(heartbeat);
        ServerWebSocket open = socket;
        if (open != null && !open.isClosed() && !why.isEmpty()) {
            byte[] reason = why.getBytes(StandardCharsets.UTF_8);
            open.close(TRY_AGAIN_LATER, reason.length <= REASON_BYTES_MAX ? why : why.substring(0, REASON_BYTES_MAX));
        }
    }

    private void beat(ServerWebSocket opened, FeedStream stream) {
        unanswered++;
        if (unanswered > PINGS_UNANSWERED_MAX) {
            stream.end("this client does not answer");
        } else {
            opened.writePing(Buffer.buffer("holdfast")).onFailure(ignored -> stream.end(""));
        }
    }
}
