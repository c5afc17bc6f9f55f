package io.holdfast.compute.libvirt;

import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.core.GuestHeartbeat;
import io.holdfast.compute.core.GuestVoice;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to the heartbeat channels of all guests of a host.
 *
 * <p>Model: QEMU listens on a socket for each guest, and hands on what the guest writes to its virtio-serial port while
 * somebody is connected; while nobody is, the guest's write waits. So a connection belongs to one life of one guest: it ends
 * when that QEMU does, and with it what was heard. A guest that says nothing, or has no such port open, costs a connection
 * without traffic.
 *
 * <p>Bounds: one thread for all guests, at most {@link #READ_BYTES_MAX} bytes from each of them every {@link #PAUSE}. A
 * guest that says more is not read meanwhile: the socket fills, QEMU stops taking from the guest, and the guest waits. What
 * is heard leads to one call of the consumer for each connection. Guests that ask to be watched are asked back, one short line at
 * a time, and only when the one before was answered or is long past ({@link GuestHeartbeat}).
 *
 * <p>Threads: {@link #listenTo} and {@link #cameUp} return at once, from any thread.
 *
 * <p>If the agent dies, its connections end. The next agent connects again and knows of a guest what it says next, so a
 * guest repeats itself.
 */
final class HeartbeatChannels implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HeartbeatChannels.class);

    static final int READ_BYTES_MAX = 1024;

    /** Too small lets a guest that babbles cost much; too large makes a beat known late after other words. */
    private static final Duration PAUSE = Duration.ofMillis(250);

    /** Between attempts to connect: QEMU may not listen yet, or an agent that is just ending may still be connected. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** While somebody is watched the reader looks every {@link #PAUSE}; after a longer break nobody's silence counts. */
    private static final Duration AWAY = Duration.ofSeconds(1);

    private final Consumer<InstanceId> consumer;
    private final Consumer<InstanceId> felt;
    private final SecureRandom random = new SecureRandom();
    private final Selector selector;
    private final Thread reader;
    private final Set<Life> up = ConcurrentHashMap.newKeySet();
    /** What those say of their health that asked to be watched. */
    private final Map<Life, GuestHealth> health = new ConcurrentHashMap<>();
    /** Whose silence until now means nothing, and whom the reader has not excused yet. */
    private final Set<InstanceId> excused = ConcurrentHashMap.newKeySet();
    /** The newest list of who runs that the reader has not looked at yet. */
    private final AtomicReference<@Nullable Map<Life, Path>> news = new AtomicReference<>();

    private volatile boolean closed;

    // ---- of the reader's thread alone

    private final Map<Life, Link> links = new HashMap<>();
    private Map<Life, Path> running = Map.of();
    private final Map<Life, Long> retryAt = new HashMap<>();
    private long feltAt = System.nanoTime();
    private final byte[] bytes = new byte[READ_BYTES_MAX];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

    /** A connection to one life of one guest. */
    private static final class Link {
        final Life life;
        final SocketChannel channel;
        final SelectionKey key;
        final GuestHeartbeat heartbeat = new GuestHeartbeat();
        final GuestVoice voice = new GuestVoice(word -> heartbeat.said(word, System.nanoTime()));
        /** When it is read again; null while it waits for the guest to say something. */
        @Nullable
        Long pausedUntil;

        Link(Life life, SocketChannel channel, SelectionKey key) {
            this.life = life;
            this.channel = channel;
            this.key = key;
        }
    }

    /** Listens to guests whose health concerns nobody. */
    HeartbeatChannels(Consumer<InstanceId> consumer) {
        this(consumer, instance -> {});
    }

    /**
     * @param consumer told on the reader's thread of each guest that has come up; must not block
     * @param felt likewise of each whose {@link #health} has changed
     */
    HeartbeatChannels(Consumer<InstanceId> consumer, Consumer<InstanceId> felt) {
        this.consumer = consumer;
        this.felt = felt;
        try {
            this.selector = Selector.open();
        } catch (IOException e) {
            throw new IllegalStateException("this process has no file left to listen to guests with", e);
        }
        this.reader = Thread.ofPlatform().daemon().name("guest-heartbeats").start(this::run);
    }

    /**
     * Who runs now, and where its channel is. A guest that is connected is not let go because it is missing here: lists may
     * overtake each other, and the connection itself tells when a life ends.
     */
    void listenTo(Map<Life, Path> guests) {
        news.set(Map.copyOf(guests));
        selector.wakeup();
    }

    /** Whether this life has said that it is healthy. */
    boolean cameUp(Life life) {
        return up.contains(life);
    }

    /** What this life says of its health. */
    GuestHealth health(Life life) {
        return health.getOrDefault(life, GuestHealth.UNKNOWN);
    }

    /** A guest was halted by its owner until now, or is: that it said nothing means nothing. */
    void excuse(InstanceId instance) {
        excused.add(instance);
        selector.wakeup();
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            reader.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the reader

    private void run() {
        try (selector) {
            while (!closed) {
                try {
                    selector.select(untilNext());
                    turn();
                } catch (RuntimeException bug) {
                    // Of ours, and no reason to hear of no guest any more: all are connected to anew.
                    log.error("listening to guests failed; begun again", bug);
                    List.copyOf(links.values()).forEach(link -> end(link, "a defect of ours"));
                }
            }
        } catch (IOException e) {
            log.error("guests are not listened to any more", e);
        } finally {
            List.copyOf(links.values()).forEach(link -> end(link, "the agent is closing"));
        }
    }

    private void turn() {
        Map<Life, Path> now = news.getAndSet(null);
        if (now != null) {
            running = now;
            retryAt.keySet().retainAll(now.keySet());
        }
        for (Map.Entry<Life, Path> guest : running.entrySet()) {
            Long notBefore = retryAt.get(guest.getKey());
            if (!links.containsKey(guest.getKey()) && (notBefore == null || isPast(notBefore))) {
                connect(guest.getKey(), guest.getValue());
            }
        }
        for (Link link : List.copyOf(links.values())) {
            if (link.pausedUntil != null && isPast(link.pausedUntil)) {
                link.pausedUntil = null;
                link.key.interestOps(SelectionKey.OP_READ);
            }
        }
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.isValid() && key.isReadable()) {
                read((Link) key.attachment());
            }
        }
        selector.selectedKeys().clear();
        feel();
    }

    /** Asks those that are watched, and looks how they are. */
    private void feel() {
        long now = System.nanoTime();
        // A host that stood still, or had no processor for us, has heard nobody.
        boolean away = now - feltAt > AWAY.toNanos();
        feltAt = now;
        Set<InstanceId> halted = Set.copyOf(excused);
        excused.removeAll(halted);
        for (Link link : List.copyOf(links.values())) {
            if (away || halted.contains(link.life.instance())) {
                link.heartbeat.excuse(now);
            }
            String line = link.heartbeat.ask(now, random.nextLong()).orElse(null);
            if (line != null && !write(link, line + "\n")) {
                continue;
            }
            GuestHealth is = link.heartbeat.health(now);
            if (is != health(link.life)) {
                log.info("instance={} heartbeat {} -> {}", link.life.instance(), health(link.life), is);
                health.put(link.life, is);
                felt.accept(link.life.instance());
            }
        }
    }

    /** False when the connection had to be given up, because half a line was written or none can be any more. */
    private boolean write(Link link, String line) {
        ByteBuffer text = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
        try {
            int written = link.channel.write(text);
            if (written == 0 || !text.hasRemaining()) {
                return true; // a guest that reads nothing is asked again later
            }
            end(link, "it reads nothing");
        } catch (IOException e) {
            end(link, e.toString());
        }
        return false;
    }

    private void connect(Life life, Path path) {
        retryAt.put(life, System.nanoTime() + RETRY.toNanos());
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(path))) {
                throw new IOException("nobody takes connections there");
            }
            Link link = new Link(life, channel, channel.register(selector, SelectionKey.OP_READ));
            link.key.attach(link);
            links.put(life, link);
        } catch (IOException e) {
            log.debug("instance={} heartbeat channel={} not connected reason={}", life.instance(), path, e.toString());
            close(channel);
        }
    }

    private void read(Link link) {
        int count;
        try {
            buffer.clear();
            count = link.channel.read(buffer);
        } catch (IOException e) {
            end(link, e.toString());
            return;
        }
        if (count < 0) {
            end(link, "its guest ended");
            return;
        }
        link.pausedUntil = System.nanoTime() + PAUSE.toNanos();
        link.key.interestOps(0);
        if (link.voice.hear(bytes, count)) {
            log.info("instance={} guest has come up: {}", link.life.instance(), link.voice.summary());
            up.add(link.life);
            consumer.accept(link.life.instance());
        }
    }

    private void end(Link link, String why) {
        up.remove(link.life);
        health.remove(link.life);
        links.remove(link.life);
        retryAt.put(link.life, System.nanoTime() + RETRY.toNanos());
        close(link.channel);
        log.debug("instance={} heartbeat channel closed: {}; {}", link.life.instance(), why, link.voice.summary());
    }

    private static void close(@Nullable SocketChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("a heartbeat channel was not closed cleanly", e);
        }
    }

    /** In milliseconds, at least 1; 0 for as long as nobody says anything. */
    private long untilNext() {
        long next = Long.MAX_VALUE;
        long now = System.nanoTime();
        for (Link link : links.values()) {
            if (link.pausedUntil != null) {
                next = Math.min(next, link.pausedUntil - now);
            }
            if (link.heartbeat.pace().isPresent()) {
                next = Math.min(next, PAUSE.toNanos());
            }
        }
        for (Life life : running.keySet()) {
            if (!links.containsKey(life)) {
                Long at = retryAt.get(life);
                next = Math.min(next, at == null ? 0 : at - now);
            }
        }
        return next == Long.MAX_VALUE
                ? 0
                : Math.max(1, Duration.ofNanos(Math.max(0, next)).toMillis() + 1);
    }

    private static boolean isPast(long nanos) {
        return System.nanoTime() - nanos >= 0;
    }
}
