package io.holdfast.membership.jgroups;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jgroups.Address;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.TCP;
import org.jspecify.annotations.Nullable;

/**
 * TCP with a sender of its own for each destination, so that heartbeats to the living never wait behind one to the dead.
 *
 * <p>Every bundler of JGroups has one thread that sends, and the first message to a member makes the connection to it in that
 * thread. A process that stands still has a kernel that goes on accepting connections, and nobody in it answers the TLS
 * handshake: the thread would wait for it and send nothing to anybody, and everybody else would miss our heartbeats.
 *
 * <p>Model: a destination has a queue, and a virtual thread as long as something is in it. A queue that is full loses its
 * oldest message, and a connection that fails loses all that waits for it: what must arrive is sent again by the protocols
 * above, and an old heartbeat is worth nothing.
 *
 * <p>Public with a public constructor because JGroups makes a copy of its protocols by reflection.
 */
public final class SegmentTcp extends TCP {

    /** JGroups wants a number for each foreign protocol; {@link SegmentPing} has the one before. */
    private static final short PROTOCOL_ID = 701;

    /** Some ten seconds of heartbeats and what merging groups say to each other. */
    private static final int WAITING_MAX = 256;

    private final Map<Address, Waiting> destinations = new ConcurrentHashMap<>();

    static synchronized SegmentTcp create() {
        if (ClassConfigurator.getProtocolId(SegmentTcp.class) == 0) {
            ClassConfigurator.addProtocol(PROTOCOL_ID, SegmentTcp.class);
        }
        return new SegmentTcp();
    }

    /** Returns at once. The bytes are copied, because the bundler uses its buffer again. */
    @Override
    public void send(Address destination, byte[] data, int offset, int length) {
        byte[] message = Arrays.copyOfRange(data, offset, offset + length);
        if (destinations.computeIfAbsent(destination, unseen -> new Waiting()).add(message)) {
            Thread.ofVirtual().name("group-to-" + destination).start(() -> drain(destination));
        }
    }

    private void drain(Address destination) {
        Waiting waiting = destinations.get(destination);
        if (waiting == null) {
            return;
        }
        for (byte[] message = waiting.next(); message != null; message = waiting.next()) {
            try {
                super.send(destination, message, 0, message.length);
            } catch (Exception unreachable) {
                // Each message that waits would try to connect anew; whoever needs an answer sends again.
                log.trace("%s: cannot send to %s: %s", local_addr, destination, unreachable);
                waiting.drop();
            }
        }
    }

    @Override
    public void stop() {
        destinations.values().forEach(Waiting::drop);
        super.stop();
    }

    /** What waits for one destination, and whether a thread sends it. */
    static final class Waiting {
        private final Deque<byte[]> messages = new ArrayDeque<>();
        private boolean sending;

        /** True when the caller is to start the thread that sends. */
        synchronized boolean add(byte[] message) {
            if (messages.size() == WAITING_MAX) {
                messages.removeFirst();
            }
            messages.addLast(message);
            boolean first = !sending;
            sending = true;
            return first;
        }

        /** Null ends the thread that asks. */
        synchronized byte @Nullable [] next() {
            byte[] message = messages.pollFirst();
            sending = message != null;
            return message;
        }

        synchronized void drop() {
            messages.clear();
        }
    }
}
