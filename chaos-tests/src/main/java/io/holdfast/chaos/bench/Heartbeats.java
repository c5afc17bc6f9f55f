package io.holdfast.chaos.bench;

import io.holdfast.chaos.bench.zookeeper.Crowd;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * The other half of {@link HeartbeatEar}: says for every agent of a crowd that lives, every heartbeat interval, that it does.
 * One thread; the beats of an interval are spread over ten parts of it.
 */
final class Heartbeats implements AutoCloseable {

    private static final int PARTS = 10;

    private final Crowd crowd;
    private final InetSocketAddress ear;
    private final Duration interval;
    private final DatagramChannel channel;
    private final LongAdder sent = new LongAdder();
    private final Thread thread;
    private volatile boolean closing;

    Heartbeats(Crowd crowd, InetSocketAddress ear, Duration interval) throws IOException {
        this.crowd = crowd;
        this.ear = ear;
        this.interval = interval;
        this.channel = DatagramChannel.open();
        this.thread = Thread.ofPlatform().name("heartbeats").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Bytes, without the headers of UDP and IP. */
    long sentBytes() {
        return sent.sum();
    }

    private void run() {
        ByteBuffer beat = ByteBuffer.allocate(HeartbeatEar.BEAT_BYTES);
        long partNanos = interval.toNanos() / PARTS;
        long due = System.nanoTime();
        for (int part = 0; !closing; part = (part + 1) % PARTS) {
            try {
                for (int number = part; number < crowd.size(); number += PARTS) {
                    if (!crowd.isCrashed(number)) {
                        beat.clear();
                        beat.putInt(number);
                        while (beat.hasRemaining()) {
                            beat.put((byte) 0);
                        }
                        beat.flip();
                        sent.add(channel.send(beat, ear));
                    }
                }
            } catch (IOException unsent) {
                // A datagram that the kernel does not take is one that was lost: the next says the same.
                sent.add(0);
            }
            due += partNanos;
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    @Override
    public void close() throws IOException {
        closing = true;
        channel.close();
    }
}
