package io.holdfast.compute.libvirt;

import io.holdfast.compute.core.GuestVoice;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
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
 * is heard leads to one call of the consumer for each connection.
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

    private final Consumer<InstanceId> consumer;
    private final Selector selector;
    private final Thread reader;
    private final Set<Life> up = ConcurrentHashMap.newKeySet();
    /** The newest list of who runs that the reader has not looked at yet. */
    private final AtomicReference<@Nullable Map<Life, Path>> news = new AtomicReference<>();

    private volatile boolean closed;

    // ---- of the reader's thread alone

    private final Map<Life, Link> links = new HashMap<>();
    private Map<Life, Path> running = Map.of();
    private final Map<Life, Long> retryAt = new HashMap<>();
    private final byte[] bytes = new byte[READ_BYTES_MAX];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

    /** A connection to one life of one guest. */
    private static final class Link {
        final Life life;
        final SocketChannel channel;
        final SelectionKey key;
        final GuestVoice voice = new GuestVoice();
        /** When it is read again; null while it waits for the guest to say something. */
        @Nullable
        Long pausedUntil;

        Link(Life life, SocketChannel channel, SelectionKey key) {
            this.life = life;
            this.channel = channel;
            this.key = key;
        }
    }

    /** @param consumer told on the reader's thread of each guest that has come up; must not block */
    HeartbeatChannels(Consumer<InstanceId> consumer) {
        this.consumer = consumer;
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
