package io.holdfast.api;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request's body for a thread that reads and may block.
 *
 * <p>The event loop puts pieces in, the reader takes them out, and for each that was taken one more is asked for: so no more
 * than {@value #PIECES_MAX} pieces (64 KiB each at most) are in memory, and a sender who is faster than the disk is held back by TCP.
 *
 * <p>One thread reads. {@link #begin} and {@link #letGo} are called on the request's event loop.
 */
final class BodyStream extends InputStream {

    private static final int PIECES_MAX = 16;

    /** So long the rest of a body that nobody wants is thrown away as it comes, so that its sender reads the answer. */
    private static final long LINGER_MILLIS = 10_000;

    private final HttpServerRequest request;
    private final Context loop;
    private final Duration idle;
    private final long untilNanos;
    private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
    // Of the reading thread.
    private byte[] piece = new byte[0];
    private int at;
    private boolean ended;

    BodyStream(HttpServerRequest request, Context loop, Duration idle, Duration deadline) {
        this.request = request;
        this.loop = loop;
        this.idle = idle;
        this.untilNanos = System.nanoTime() + deadline.toNanos();
    }

    /** The request has to be paused until now. */
    void begin() {
        request.handler(buffer -> pieces.add(new Piece(buffer, null)));
        request.endHandler(ignored -> pieces.add(new Piece(null, null)));
        request.exceptionHandler(problem -> pieces.add(new Piece(null, problem)));
        if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        request.fetch(PIECES_MAX);
    }

    /**
     * For an answer that comes before the whole body did: the connection will be closed behind it, and the rest is thrown away,
     * for a while. A sender whose connection were closed at once would never read why.
     */
    static void letGo(HttpServerRequest request, io.vertx.core.Vertx vertx) {
        if (request.isEnded() || request.response().closed()) {
            return;
        }
        if (!request.response().headWritten()) {
            request.response().putHeader("Connection", "close");
        }
        request.handler(ignored -> {});
        request.exceptionHandler(ignored -> {});
        request.endHandler(ignored -> {});
        request.resume();
        vertx.setTimer(LINGER_MILLIS, ignored -> {
            if (!request.isEnded()) {
                request.connection().close();
            }
        });
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        while (at == piece.length) {
            if (ended || !next()) {
                return -1;
            }
        }
        int count = Math.min(length, piece.length - at);
        System.arraycopy(piece, at, into, offset, count);
        at += count;
        return count;
    }

    private boolean next() throws IOException {
        Piece next = take();
        if (next.problem != null) {
            throw new IOException("the sender broke off", next.problem);
        }
        Buffer buffer = next.buffer;
        if (buffer == null) {
            ended = true;
            return false;
        }
        piece = buffer.getBytes();
        at = 0;
        loop.runOnContext(ignored -> request.fetch(1));
        return true;
    }

    private Piece take() throws IOException {
        long leftNanos = untilNanos - System.nanoTime();
        Piece next;
        try {
            next = pieces.poll(Math.min(leftNanos, idle.toNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the controller stops", e);
        }
        if (next == null) {
            throw new IOException(
                    leftNanos <= idle.toNanos()
                            ? "the body did not come within the time that it may take"
                            : "nothing of the body came for " + idle.toSeconds() + " s");
        }
        return next;
    }

    /** A part of the body; its end when there is neither. */
    private record Piece(@Nullable Buffer buffer, @Nullable Throwable problem) {}
}
