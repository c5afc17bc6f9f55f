package io.holdfast.notifications.amqp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.holdfast.model.Fact;
import io.holdfast.notifications.AmqpSettings;
import io.holdfast.notifications.Feed.Numbered;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.NovaViews;
import io.holdfast.notifications.core.Filter;
import io.holdfast.notifications.core.Oslo;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every fact to a broker, in the order of the feed.
 *
 * <p>One owner thread takes the sink's place in the feed from the ledger, publishes the facts after it, waits until the
 * broker has confirmed all of them, and only then moves the place. So what the broker does not take stays in the ledger,
 * however long it is away, and is published when it is back.
 *
 * <p>The place is held by one controller at a time, for {@link #HOLD}; another one takes over when it is not renewed.
 *
 * <p><b>What if we die here.</b> Between the broker's confirmation and the moving of the place: the facts are published
 * again, with the same ids.
 */
public final class AmqpSink implements AutoCloseable {

    /** Under which the place is kept. */
    public static final String NAME = "amqp";

    private static final Logger LOG = LoggerFactory.getLogger(AmqpSink.class);

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final int BATCH = 200;
    private static final Duration CONFIRMED_WITHIN = Duration.ofSeconds(10);

    /** Longer than a batch may take, so that two controllers do not publish the same one. */
    private static final Duration HOLD = Duration.ofSeconds(60);

    private static final Duration PAUSE_FIRST = Duration.ofMillis(250);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(15);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
    private static final int CONNECT_MILLIS = 5_000;
    private static final int HEARTBEAT_SECONDS = 10;
    private static final List<String> PRIORITIES = List.of("info", "warn", "error");

    private final Ledger ledger;
    private final NovaViews views;
    private final AmqpSettings settings;
    private final Supplier<String> password;
    private final Duration round;
    private final Clock clock;
    private final UUID holder = UUID.randomUUID();
    private final Semaphore signal = new Semaphore(0);
    private volatile boolean closing;
    private @Nullable Thread owner;

    // The owner thread's own.
    private @Nullable Connection connection;
    private @Nullable Channel channel;

    /**
     * @param password read anew at each connection, so that a changed one needs no restart
     * @param round longest time between two looks at the ledger
     */
    public AmqpSink(
            Ledger ledger,
            NovaViews views,
            AmqpSettings settings,
            Supplier<String> password,
            Duration round,
            Clock clock) {
        this.ledger = ledger;
        this.views = views;
        this.settings = settings;
        this.password = password;
        this.round = round;
        this.clock = clock;
    }

    /** Begins to publish what comes from now on, or goes on where an earlier process stopped. */
    public void start() {
        owner = Thread.ofVirtual().name("amqp-sink").start(this::run);
    }

    /** Says that the feed has news. Returns at once. */
    public void wake() {
        if (signal.availablePermits() == 0) {
            signal.release();
        }
    }

    /** Finishes the batch under way and stops. */
    @Override
    public void close() {
        closing = true;
        wake();
        Thread running = owner;
        try {
            if (running != null && !running.join(STOP_LIMIT)) {
                running.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Duration trouble = PAUSE_FIRST;
        while (!closing) {
            Duration pause = round;
            try {
                if (publishSome()) {
                    pause = Duration.ZERO;
                }
                trouble = PAUSE_FIRST;
            } catch (IOException | TimeoutException | GeneralSecurityException | RuntimeException e) {
                // Nothing was moved: the same facts are published again.
                LOG.warn("amqp: not published, next try in {} ms: {}", trouble.toMillis(), e.toString());
                disconnect();
                signal.drainPermits();
                pause = trouble;
                trouble = trouble.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : trouble.multipliedBy(2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            try {
                boolean called = signal.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
                LOG.trace("next round, called {}", called);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        disconnect();
    }

    /** Returns whether there may be more. */
    private boolean publishSome() throws IOException, TimeoutException, GeneralSecurityException, InterruptedException {
        OptionalLong place = ledger.holdPlace(NAME, holder, clock.instant(), HOLD);
        if (place.isEmpty()) {
            return false;
        }
        List<Numbered> page = ledger.after(place.getAsLong(), null, BATCH);
        if (page.isEmpty()) {
            return false;
        }
        Channel to = connected();
        for (Numbered one : page) {
            for (Oslo.Notification each : notifications(one.fact())) {
                publish(to, each);
            }
        }
        to.waitForConfirmsOrDie(CONFIRMED_WITHIN.toMillis());
        if (!ledger.movePlace(NAME, holder, page.getLast().number())) {
            LOG.warn("amqp: another controller publishes by now; {} facts may be told twice", page.size());
        }
        return page.size() == BATCH;
    }

    private List<Oslo.Notification> notifications(Fact fact) {
        Optional<Map<String, Object>> instance = uuid(Filter.instanceOf(fact)).flatMap(views::instance);
        Optional<Map<String, Object>> service =
                fact.subject().startsWith("host/") ? Oslo.host(fact).flatMap(views::service) : Optional.empty();
        return Oslo.of(fact, instance, service);
    }

    private void publish(Channel to, Oslo.Notification notification) throws IOException {
        AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                .contentType("application/json")
                .contentEncoding("utf-8")
                // Persistent: it outlives a restart of the broker in a durable queue.
                .deliveryMode(2)
                .priority(0)
                .messageId(notification.id().toString())
                .build();
        to.basicPublish(
                settings.exchange(), settings.topic() + "." + notification.priority(), properties, body(notification));
    }

    static byte[] body(Oslo.Notification notification) {
        try {
            String message = JSON.writeValueAsString(notification.message());
            return JSON.writeValueAsString(Map.of("oslo.version", "2.0", "oslo.message", message))
                    .getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "notification " + notification.eventType() + " cannot be written as JSON", e);
        }
    }

    private Channel connected() throws IOException, TimeoutException, GeneralSecurityException {
        Channel open = channel;
        if (open != null && open.isOpen()) {
            return open;
        }
        disconnect();
        Connection made = factory().newConnection("holdfast");
        connection = made;
        Channel fresh = made.createChannel();
        fresh.exchangeDeclare(settings.exchange(), BuiltinExchangeType.TOPIC, settings.durable());
        for (String priority : PRIORITIES) {
            // As oslo.messaging's own publisher does: what is told before the first consumer comes waits for it.
            String queue = settings.topic() + "." + priority;
            fresh.queueDeclare(queue, settings.durable(), false, false, Map.of());
            fresh.queueBind(queue, settings.exchange(), queue);
        }
        fresh.confirmSelect();
        channel = fresh;
        LOG.info("amqp: connected to {}, exchange {}", settings.url().getHost(), settings.exchange());
        return fresh;
    }

    private ConnectionFactory factory() throws GeneralSecurityException {
        URI url = settings.url();
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(url.getHost());
        if (url.getScheme().equals("amqps")) {
            factory.useSslProtocol(javax.net.ssl.SSLContext.getDefault());
            factory.enableHostnameVerification();
        }
        factory.setPort(
                url.getPort() > 0
                        ? url.getPort()
                        : url.getScheme().equals("amqps")
                                ? ConnectionFactory.DEFAULT_AMQP_OVER_SSL_PORT
                                : ConnectionFactory.DEFAULT_AMQP_PORT);
        factory.setUsername(url.getUserInfo() == null ? ConnectionFactory.DEFAULT_USER : url.getUserInfo());
        factory.setPassword(password.get());
        String path = url.getPath() == null ? "" : url.getPath();
        factory.setVirtualHost(path.length() > 1 ? path.substring(1) : ConnectionFactory.DEFAULT_VHOST);
        factory.setConnectionTimeout(CONNECT_MILLIS);
        factory.setHandshakeTimeout(CONNECT_MILLIS);
        factory.setRequestedHeartbeat(HEARTBEAT_SECONDS);
        // We connect anew ourselves, from the place that the ledger has; a recovered channel would not know it.
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        return factory;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        channel = null;
        if (open != null) {
            open.abort(CONNECT_MILLIS);
        }
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return text.length() == 36 ? Optional.of(UUID.fromString(text)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
