package io.holdfast.fencing.kdump;

import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.KernelDump;
import io.holdfast.fencing.kdump.core.DumpMessage;
import io.holdfast.fencing.kdump.core.DumpRule;
import io.holdfast.fencing.kdump.core.DumpRule.Heard;
import io.holdfast.model.HostId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for hosts that dump. One thread receives; {@link #of} answers from memory, on any thread.
 *
 * <p>What comes from an address that no host has, or is no message, is dropped and counted. Memory is bounded by the hosts that the
 * settings name. What if we die here: a dump is heard again at its next message, and the limit of the case holds all the same.
 */
public final class KdumpListener implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KdumpListener.class);

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

    /** How many were dropped, and why. */
    public record Dropped(long malformed, long strange) {}

    private final KdumpSettings settings;
    private final InstantSource clock;
    private final @Nullable DatagramSocket socket;
    private final Map<InetAddress, HostId> hosts = new HashMap<>();
    private final Map<HostId, Heard> heard = new ConcurrentHashMap<>();
    private final Map<HostId, Long> messages = new ConcurrentHashMap<>();
    private final AtomicLong malformed = new AtomicLong();
    private final AtomicLong strange = new AtomicLong();
    private volatile boolean closed;

    private KdumpListener(KdumpSettings settings, InstantSource clock, @Nullable DatagramSocket socket) {
        this.settings = settings;
        this.clock = clock;
        this.socket = socket;
        settings.hosts()
                .forEach((host, addresses) ->
                        addresses.forEach(address -> hosts.put(InetAddress.ofLiteral(address), HostId.of(host))));
    }

    /**
     * Begins to listen; without an address it hears nothing and says nothing of anybody.
     *
     * @param clock must not go back
     * @throws UncheckedIOException if the address or the port cannot be had
     */
    public static KdumpListener open(KdumpSettings settings, InstantSource clock) {
        String address = settings.listen();
        if (address == null) {
            return new KdumpListener(settings, clock, null);
        }
        DatagramSocket socket;
        try {
            socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), settings.port()));
        } catch (IOException taken) {
            throw new UncheckedIOException(
                    "fencing.kdump: cannot listen on " + address + " port " + settings.port() + ": "
                            + taken.getMessage(),
                    taken);
        }
        KdumpListener listener = new KdumpListener(settings, clock, socket);
        Thread.ofPlatform().name("kdump-listener").daemon(true).start(() -> listener.receive(socket));
        return listener;
    }

    /** The port on which it really listens; 0 if it does not. */
    public int port() {
        return socket == null ? 0 : socket.getLocalPort();
    }

    /**
     * Why the power of a host had better not be cut now; empty when nothing speaks against it.
     *
     * @param patient whether the host, which fell silent just now, may be given the time to say something
     */
    public Optional<KernelDump> of(HostId host, boolean patient) {
        return socket == null || !settings.hosts().containsKey(host.value())
                ? Optional.empty()
                : DumpRule.of(heard.get(host), patient, clock.instant(), settings);
    }

    /** How many messages of a host have come since this process listens. */
    long messages(HostId host) {
        return messages.getOrDefault(host, 0L);
    }

    /** Why messages of that host would not be heard; empty when they would. */
    Optional<String> whyDeaf(HostId host) {
        if (socket == null) {
            return Optional.of("fencing.kdump.listen is not set, so nobody listens for it");
        }
        return settings.hosts().containsKey(host.value())
                ? Optional.empty()
                : Optional.of("fencing.kdump.hosts has no address of it, so its messages count for nobody");
    }

    public Dropped dropped() {
        return new Dropped(malformed.get(), strange.get());
    }

    private void receive(DatagramSocket from) {
        // One byte more than a message, so that a longer one is not taken for one.
        byte[] bytes = new byte[DumpMessage.LENGTH + 1];
        while (!closed) {
            DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
            try {
                from.receive(packet);
                take(packet);
            } catch (IOException failed) {
                if (!closed) {
                    LOG.error("fencing.kdump: cannot receive, tried again: {}", failed.getMessage());
                    pause();
                }
            }
        }
    }

    private void take(DatagramPacket packet) {
        HostId host = hosts.get(packet.getAddress());
        if (host == null) {
            strange.incrementAndGet();
        } else if (!DumpMessage.is(packet.getData(), packet.getLength())) {
            malformed.incrementAndGet();
        } else {
            messages.merge(host, 1L, Long::sum);
            Heard now = heard.compute(host, (_, before) -> DumpRule.heard(before, clock.instant(), settings));
            if (now.count() == 1) {
                LOG.warn("host {}: says that its kernel has crashed and writes its memory away", host);
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_AFTER_FAILURE);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        if (socket != null) {
            socket.close();
        }
    }
}
