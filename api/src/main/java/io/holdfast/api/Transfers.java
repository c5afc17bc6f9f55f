package io.holdfast.api;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.http.Streaming;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on the operations of one API that read or write long bodies.
 *
 * <p>Each has a platform thread of its own, and there is room for a few: shared storage that hangs stops these and nothing else,
 * neither the event loop nor the threads that virtual ones run on.
 */
final class Transfers implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Transfers.class);

    private static final int CHUNK_BYTES = 128 * 1024;

    private final Vertx vertx;
    private final Streaming streaming;
    private final Semaphore room;
    private final ExecutorService workers = Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().name("api-transfer-", 0).daemon().factory());

    Transfers(Vertx vertx, Streaming streaming) {
        this.vertx = vertx;
        this.streaming = streaming;
        this.room = new Semaphore(streaming.atOnceMax());
    }

    /** One place is taken before {@link #work}, which gives it back. */
    Semaphore room() {
        return room;
    }

    Duration deadline() {
        return streaming.deadline();
    }

    /**
     * Returns at once.
     *
     * @param call with the body that it gets
     * @param answer tells the caller what is no stream; run on the event loop
     */
    void work(
            RoutingContext context,
            Operation operation,
            Function<Call.Content, Call> call,
            BiConsumer<RoutingContext, Reply> answer) {
        HttpServerRequest request = context.request();
        Context loop = vertx.getOrCreateContext();
        Call.Content content = content(request, loop);
        workers.execute(() -> {
            try {
                Reply reply = operation.handle(call.apply(content));
                Reply.Stream stream = reply.stream();
                if (stream == null) {
                    loop.runOnContext(ignored -> {
                        letGo(request);
                        answer.accept(context, reply);
                    });
                } else {
                    send(context, loop, reply, stream);
                }
            } catch (Throwable e) {
                loop.runOnContext(ignored -> context.fail(e));
            } finally {
                room.release();
            }
        });
    }

    private Call.Content content(HttpServerRequest request, Context loop) {
        if (hasNoBody(request)) {
            return new Call.Content(0, InputStream.nullInputStream());
        }
        BodyStream body = new BodyStream(request, loop, streaming.idle(), streaming.deadline());
        body.begin();
        String length = request.getHeader("Content-Length");
        return new Call.Content(length == null ? -1 : Long.parseLong(length), body);
    }

    private void letGo(HttpServerRequest request) {
        if (!hasNoBody(request)) {
            BodyStream.letGo(request, vertx);
        }
    }

    private static boolean hasNoBody(HttpServerRequest request) {
        return request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
    }

    /** One piece after the other, each when the one before is on its way: as fast as the caller reads. */
    private void send(RoutingContext context, Context loop, Reply reply, Reply.Stream stream) {
        HttpServerResponse response = context.response();
        long untilNanos = System.nanoTime() + streaming.deadline().toNanos();
        try (InputStream content = stream.content()) {
            await(loop, untilNanos, () -> {
                reply.headers().forEach(response::putHeader);
                response.setStatusCode(reply.status())
                        .putHeader("Content-Type", stream.type())
                        .putHeader("Content-Length", Long.toString(stream.bytes()));
                return response.writeHead();
            });
            byte[] chunk = new byte[CHUNK_BYTES];
            long left = stream.bytes();
            while (left > 0) {
                int count = content.read(chunk, 0, (int) Math.min(chunk.length, left));
                if (count < 0) {
                    throw new IOException(left + " bytes are missing at its end");
                }
                Buffer piece = Buffer.buffer(count).appendBytes(chunk, 0, count);
                await(loop, untilNanos, () -> response.write(piece));
                left -= count;
            }
            await(loop, untilNanos, response::end);
        } catch (IOException e) {
            // What came so far is no whole body, and a connection that ends says so.
            LOG.info(
                    "api: {} was broken off: {}",
                    context.request().path(),
                    e.getMessage() == null ? e : e.getMessage());
            loop.runOnContext(ignored -> context.request().connection().close());
        }
    }

    private void await(Context loop, long untilNanos, Supplier<Future<Void>> step) throws IOException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.runOnContext(ignored -> {
            try {
                step.get().onComplete(result -> {
                    if (result.succeeded()) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(result.cause());
                    }
                });
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            done.get(Math.min(untilNanos - System.nanoTime(), streaming.idle().toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the caller reads nothing, or too slowly", e);
        } catch (ExecutionException e) {
            throw new IOException("the caller went away", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the controller stops", e);
        }
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }

    /** After {@link #close}: whether what was being worked on ended within that time. */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        return workers.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
    }
}
