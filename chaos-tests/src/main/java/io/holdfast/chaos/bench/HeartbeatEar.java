package io.holdfast.chaos.bench;

import io.holdfast.chaos.bench.zookeeper.Crowd;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.Signals;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.core.ViewGathering;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The fast signal of a crowd of light agents: each sends a datagram to the controller every heartbeat interval, and leaves
 * the view when none was heard for the heartbeat's time and the time of a second look.
 *
 * <p>It is <em>not</em> the product's group, where every member hears every other: a thousand times a thousand heartbeats, ten
 * times a second, is no load for one machine, nor for a segment. It has the same times, so the machine gets its views when
 * it would get them from the group.
 */
final class HeartbeatEar implements Signals {

    static final int BEAT_BYTES = 64;

    private static final Duration LOOK = Duration.ofMillis(50);

    private final SegmentId segment;
    private final Duration silence;
    private final ViewGathering gathering;
    private final AtomicLongArray heardNanos;
    private final DatagramChannel channel;
    private volatile @Nullable Consumer<Observation> inbox;
    private volatile boolean closing;

    HeartbeatEar(SegmentId segment, int most, MembershipSettings settings) throws IOException {
        this.segment = segment;
        this.silence = settings.heartbeatTimeout().plus(settings.verifyTimeout());
        // Those that crash at one moment were heard last within one interval.
        this.gathering = new ViewGathering(
                settings.heartbeatInterval(),
                settings.heartbeatInterval().multipliedBy(3),
                Duration.ofMillis(200),
                Duration.ofSeconds(2));
        this.heardNanos = new AtomicLongArray(most);
        this.channel = DatagramChannel.open();
        channel.setOption(java.net.StandardSocketOptions.SO_RCVBUF, 4 << 20);
        channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    int port() throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    @Override
    public void start(Consumer<Observation> listening) {
        inbox = listening;
        Thread.ofPlatform().name("ear").daemon(true).start(this::hear);
        Thread.ofPlatform().name("ear-look").daemon(true).start(this::look);
    }

    private void hear() {
        ByteBuffer beat = ByteBuffer.allocate(BEAT_BYTES);
        while (!closing) {
            try {
                beat.clear();
                channel.receive(beat);
                beat.flip();
                int number = beat.remaining() >= Integer.BYTES ? beat.getInt() : -1;
                if (number >= 0 && number < heardNanos.length()) {
                    heardNanos.set(number, System.nanoTime());
                }
            } catch (ClosedChannelException closed) {
                return;
            } catch (IOException lost) {
                // One that was not received is one that was lost.
                beat.clear();
            }
        }
    }

    private void look() {
        while (!closing) {
            long now = System.nanoTime();
            Set<String> present = new TreeSet<>();
            Map<HostId, Set<String>> agents = new HashMap<>();
            for (int number = 0; number < heardNanos.length(); number++) {
                long heard = heardNanos.get(number);
                if (heard != 0 && now - heard < silence.toNanos()) {
                    present.add(Integer.toString(number));
                }
            }
            if (gathering.look(present, Set.of(), now).isZero()) {
                for (String number : present) {
                    var registration = Crowd.registration(segment, Integer.parseInt(number));
                    agents.put(registration.host(), Set.of(registration.agentSession()));
                }
                gathering.said(present);
                Consumer<Observation> listening = inbox;
                if (listening != null && !closing) {
                    listening.accept(new Observation.GroupView(Network.MANAGEMENT, agents, 0));
                }
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            channel.close();
        } catch (IOException unclosed) {
            throw new java.io.UncheckedIOException(unclosed);
        }
    }
}
