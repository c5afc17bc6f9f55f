package io.holdfast.notifications.webhook;

import io.holdfast.model.Fact;
import io.holdfast.notifications.Ledger.Subscription;
import io.holdfast.notifications.Webhooks.Form;
import io.holdfast.notifications.core.Filter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes attempts. Each webhook has its own small pool of connections, so that a receiver that hangs delays nobody else,
 * and an open connection is at hand when a suspicion must be told.
 */
public final class WebhookSender implements AutoCloseable {

    private static final int ANSWER_BYTES_MAX = 64 * 1024;
    private static final int ERROR_LENGTH_MAX = 300;
    // Receivers commonly close after 60 to 75 s; ours must not be the side that closes first without need.
    private static final Duration KEEP_ALIVE = Duration.ofMinutes(5);

    private final Vertx vertx;
    private final Destinations destinations;
    private final Duration timeout;
    private final int connections;
    private final Clock clock;
    private final Map<UUID, HttpClientAgent> clients = new ConcurrentHashMap<>();

    /**
     * @param timeout for one attempt
     * @param connections to one webhook at once
     */
    public WebhookSender(Vertx vertx, Destinations destinations, Duration timeout, int connections, Clock clock) {
        this.vertx = vertx;
        this.destinations = destinations;
        this.timeout = timeout;
        this.connections = connections;
        this.clock = clock;
    }

    /** Makes one attempt; blocks until the receiver's status line, or at most for the time-out. */
    public Answer send(Subscription to, Fact fact, int attempt) {
        try {
            InetAddress address = destinations.resolve(to.url());
            Message message = Message.of(fact, to.form(), attempt);
            HttpClientAgent client = clients.computeIfAbsent(to.id(), id -> open());
            return attempt(client, request(to, fact, address, message), message)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(timeout.toMillis() + 100, TimeUnit.MILLISECONDS);
        } catch (UnknownHostException e) {
            return new Answer.Refused(0, "the name " + to.url().getHost() + " has no address");
        } catch (IllegalArgumentException e) {
            return new Answer.Refused(0, shortened(e));
        } catch (ExecutionException e) {
            return new Answer.Refused(0, shortened(e.getCause() == null ? e : e.getCause()));
        } catch (TimeoutException e) {
            return new Answer.Refused(0, "no answer within " + timeout.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer.Refused(0, "interrupted while the controller stops");
        }
    }

    /**
     * Whoever reads the answer listens for it before anything is sent. On a connection that is open already the answer may come, and
     * end, while the sender's thread is still on its way to listen; what the receiver had taken was then called refused, and told again.
     */
    private static Future<Answer> attempt(HttpClientAgent client, RequestOptions to, Message message) {
        return client.request(to).compose(request -> {
            Future<Answer> answer = request.response().map(WebhookSender::read);
            return request.end(message.body()).compose(_ -> answer);
        });
    }

    /**
     * Makes attempts on a listener of our own, on the loopback address, that nobody else learns of. The first attempt of a
     * process costs a few hundred milliseconds of loading classes, which is most of the time that a suspicion has; the
     * next hundreds are slow because nothing is compiled yet, and those of a failed host come all at once.
     *
     * @param attempts 1 or more
     * @param together so many at once
     * @throws IllegalStateException when one fails; attempts on real receivers are not affected
     */
    public void warmUp(int attempts, int together) {
        HttpClientAgent client = open();
        HttpServer listener = vertx.createHttpServer();
        try {
            int port = listener.requestHandler(request -> request.body()
                            .onComplete(body ->
                                    request.response().setStatusCode(204).end()))
                    .listen(0, "127.0.0.1")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .actualPort();
            Fact fact = new Fact(
                    UUID.randomUUID(), "warm-up", "controller/self", null, clock.instant(), Map.of("attempt", 1));
            Subscription self = new Subscription(
                    UUID.randomUUID(),
                    null,
                    URI.create("http://127.0.0.1:" + port + "/"),
                    Filter.ALL,
                    Form.HOLDFAST,
                    UUID.randomUUID().toString(),
                    clock.instant(),
                    "holdfast");
            for (int made = 0; made < attempts; made += together) {
                List<Future<Answer>> batch = new ArrayList<>();
                for (int i = 0; i < Math.min(together, attempts - made); i++) {
                    Message message = Message.of(fact, self.form(), 1);
                    batch.add(attempt(client, request(self, fact, InetAddress.getLoopbackAddress(), message), message));
                }
                for (Future<Answer> one : batch) {
                    Answer answer = one.toCompletionStage()
                            .toCompletableFuture()
                            .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
                    if (!(answer instanceof Answer.Taken)) {
                        throw new IllegalStateException("our own listener answered " + answer);
                    }
                }
            }
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("our own listener did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            client.close();
            listener.close();
        }
    }

    /** Closes the connections to a webhook that is gone. */
    public void forget(UUID webhook) {
        HttpClientAgent client = clients.remove(webhook);
        if (client != null) {
            client.close();
        }
    }

    @Override
    public void close() {
        clients.keySet().forEach(this::forget);
    }

    private HttpClientAgent open() {
        return vertx.createHttpClient(
                new HttpClientOptions()
                        .setKeepAlive(true)
                        .setKeepAliveTimeout((int) KEEP_ALIVE.toSeconds())
                        .setConnectTimeout((int) timeout.toMillis())
                        .setVerifyHost(true)
                        .setTcpNoDelay(true)
                        .setMaxHeaderSize(16 * 1024)
                        .setName("webhook"),
                new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(1024));
    }

    private RequestOptions request(Subscription to, Fact fact, InetAddress address, Message message) {
        URI url = to.url();
        boolean tls = url.getScheme().equalsIgnoreCase("https");
        int port = url.getPort() > 0 ? url.getPort() : tls ? 443 : 80;
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                // The checked address is the one that is connected to; the name is only for the certificate and Host.
                .setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()))
                .setHost(url.getHost())
                .setPort(port)
                .setSsl(tls)
                .setURI(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
                .setFollowRedirects(false)
                .setTimeout(timeout.toMillis())
                .putHeader("Content-Type", message.contentType())
                .putHeader("User-Agent", "Holdfast")
                .putHeader("Holdfast-Id", fact.id().toString())
                .putHeader("Holdfast-Type", fact.type())
                .putHeader(
                        "Holdfast-Signature",
                        Signature.sign(
                                to.secret(), clock.instant(), message.body().getBytes()));
    }

    private static Answer read(HttpClientResponse response) {
        AtomicLong seen = new AtomicLong();
        // The body is read only so that the connection can be used again; an endless one costs the connection.
        response.handler(chunk -> {
            if (seen.addAndGet(chunk.length()) > ANSWER_BYTES_MAX) {
                response.request().connection().close();
            }
        });
        response.exceptionHandler(ignored -> seen.set(0));
        int status = response.statusCode();
        if (status >= 200 && status < 300) {
            return new Answer.Taken(status);
        }
        if (status == 410) {
            return new Answer.Gone();
        }
        return new Answer.Refused(
                status,
                status >= 300 && status < 400
                        ? "answered " + status + "; redirects are not followed"
                        : "answered " + status);
    }

    private static String shortened(Throwable problem) {
        String text = problem.getMessage() == null ? problem.getClass().getSimpleName() : problem.getMessage();
        return text.length() > ERROR_LENGTH_MAX ? text.substring(0, ERROR_LENGTH_MAX) : text;
    }

    /** What came of an attempt. */
    public sealed interface Answer {

        /** Of HTTP; 0 when there was no answer. */
        int status();

        /** Empty when it was taken. */
        String why();

        record Taken(int status) implements Answer {
            @Override
            public String why() {
                return "";
            }
        }

        /** The receiver wants nothing more, ever. */
        record Gone() implements Answer {
            @Override
            public int status() {
                return 410;
            }

            @Override
            public String why() {
                return "answered 410";
            }
        }

        /** Not taken, as far as we know. */
        record Refused(int status, String why) implements Answer {}
    }
}
