package io.holdfast.notifications.sim;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.notifications.webhook.Signature;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An owner's endpoint: takes signed facts and notes when each arrived, by the monotonic clock (for differences) and by
 * the wall clock (for people).
 *
 * <p>Keeps the newest {@value #KEPT_MAX} requests.
 */
public final class WebhookReceiver implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int KEPT_MAX = 10_000;
    private static final int BODY_BYTES_MAX = 1024 * 1024;
    private static final Duration TOLERANCE = Duration.ofMinutes(5);
    private static final Duration START_LIMIT = Duration.ofSeconds(10);

    /** Its own, or null when it listens with somebody else's. */
    private final @Nullable Vertx own;

    private final HttpServer server;
    private final String host;
    private final String secret;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    // Guarded by lock.
    private final List<Received> received = new ArrayList<>();
    private volatile int answer = 204;

    private WebhookReceiver(Vertx vertx, @Nullable Vertx own, String host, String secret, Clock clock) {
        this.own = own;
        this.server = vertx.createHttpServer(new HttpServerOptions().setIdleTimeout(0));
        this.host = host;
        this.secret = secret;
        this.clock = clock;
    }

    /**
     * Starts listening; blocks until it does.
     *
     * @param port 0 for any free one
     * @param secret the one given when the webhook was made
     */
    public static WebhookReceiver start(Vertx vertx, String host, int port, String secret, Clock clock) {
        WebhookReceiver receiver = new WebhookReceiver(vertx, null, host, secret, clock);
        receiver.within(receiver.server.requestHandler(receiver::take).listen(port, host));
        return receiver;
    }

    /** The same on any free port, with threads of its own that end when it is closed. */
    public static WebhookReceiver alone(String host, String secret, Clock clock) {
        Vertx vertx = Vertx.vertx();
        WebhookReceiver receiver = new WebhookReceiver(vertx, vertx, host, secret, clock);
        try {
            receiver.within(receiver.server.requestHandler(receiver::take).listen(0, host));
            return receiver;
        } catch (RuntimeException e) {
            receiver.close();
            throw e;
        }
    }

    /** Where to send facts to. */
    public URI url() {
        return URI.create(
                "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.actualPort() + "/holdfast");
    }

    /** From now on answers with this status; what arrives is noted all the same. */
    public void answerWith(int status) {
        answer = status;
    }

    /** Everything that arrived, in the order of arrival. */
    public List<Received> received() {
        lock.lock();
        try {
            return List.copyOf(received);
        } finally {
            lock.unlock();
        }
    }

    /** The first that matches, present or to come within the limit. */
    public Optional<Received> await(Predicate<Received> wanted, Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        lock.lock();
        try {
            while (true) {
                Optional<Received> found = received.stream().filter(wanted).findFirst();
                if (found.isPresent() || left <= 0) {
                    return found;
                }
                left = arrived.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        within(own == null ? server.close() : own.close());
    }

    private void within(Future<?> done) {
        try {
            Object ignored = done.await(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the webhook receiver did not start or stop within " + START_LIMIT, e);
        }
    }

    private void take(HttpServerRequest request) {
        long nanos = System.nanoTime();
        Instant at = clock.instant();
        request.body()
                .onSuccess(body -> {
                    boolean small = body.length() <= BODY_BYTES_MAX;
                    Optional<Received> read = small ? read(request, body.getBytes(), nanos, at) : Optional.empty();
                    read.ifPresent(this::keep);
                    request.response()
                            .setStatusCode(read.isEmpty() ? 400 : read.get().verified() ? answer : 401)
                            .end();
                })
                .onFailure(ignored -> request.connection().close());
    }

    private Optional<Received> read(HttpServerRequest request, byte[] body, long nanos, Instant at) {
        String signature = request.getHeader("Holdfast-Signature");
        boolean verified = signature != null && Signature.verify(secret, signature, body, at, TOLERANCE);
        try {
            Map<String, Object> fields = JSON.readValue(body, new TypeReference<Map<String, Object>>() {});
            Map<String, Object> event = fields;
            if (fields.containsKey("specversion") && fields.get("data") instanceof Map<?, ?>) {
                fields = JSON.convertValue(fields.get("data"), new TypeReference<Map<String, Object>>() {});
            }
            Object project = fields.get("project");
            Object attempt = fields.get("attempt");
            return Optional.of(new Received(
                    UUID.fromString(text(fields, "id")),
                    text(fields, "type"),
                    text(fields, "severity"),
                    text(fields, "subject"),
                    project == null ? null : project.toString(),
                    Instant.parse(text(fields, "at")),
                    fields.get("data") instanceof Map<?, ?> data ? Map.copyOf(data) : Map.of(),
                    attempt instanceof Number number ? number.intValue() : 0,
                    verified,
                    String.valueOf(request.getHeader("Content-Type")),
                    event,
                    nanos,
                    at));
        } catch (IOException | RuntimeException e) {
            // Not one of our facts: whoever sent it is told so with 400.
            return Optional.empty();
        }
    }

    private void keep(Received one) {
        lock.lock();
        try {
            if (received.size() == KEPT_MAX) {
                received.removeFirst();
            }
            received.add(one);
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static String text(Map<String, Object> fields, String name) {
        Object value = fields.get(name);
        return value == null ? "" : value.toString();
    }

    /**
     * @param at when the fact became true, by the sender's wall clock
     * @param verified whether the signature is good; what is not verified is answered with 401
     * @param event the body as it came, which is a CloudEvent when it was asked for
     * @param receivedNanos {@link System#nanoTime} at the arrival of the request's head
     * @param receivedAt the same by the wall clock
     */
    public record Received(
            UUID id,
            String type,
            String severity,
            String subject,
            @Nullable String project,
            Instant at,
            Map<?, ?> data,
            int attempt,
            boolean verified,
            String contentType,
            Map<String, Object> event,
            long receivedNanos,
            Instant receivedAt) {}
}
