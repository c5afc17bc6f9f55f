package io.holdfast.chaos.bench.zookeeper;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.probe.TlsIdentity;
import io.holdfast.membership.zookeeper.HostLease;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLEngine;

/**
 * Many agents that hold leases in a real ZooKeeper, each with a TLS connection and a session of its own, on few threads.
 *
 * <p>Bytes are counted where they leave and enter the sockets: TLS records, without the headers of TCP and IP.
 */
public final class Crowd implements AutoCloseable {

    private static final int THREADS = 2;

    /**
     * Agents that are on their way from a connection to a lease at the same time. Each host of a real segment has processors of
     * its own for its handshake; here they share this machine's, and all at once none would be done in its time.
     */
    private static final int AT_THE_DOOR = 32;

    private final InetSocketAddress server;
    private final TlsIdentity identity;
    private final int sessionMillis;
    private final MultiThreadIoEventLoopGroup threads =
            new MultiThreadIoEventLoopGroup(THREADS, NioIoHandler.newFactory());
    private final List<LightAgent> agents = new ArrayList<>();
    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final AtomicLong expired = new AtomicLong();
    private final AtomicLong reconnects = new AtomicLong();
    private final ConcurrentHashMap<String, Long> failures = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private final Object door = new Object();

    /** Guarded by {@code door}, as is the next. */
    private final Deque<LightAgent> waiting = new ArrayDeque<>();

    private int inside;

    public Crowd(InetSocketAddress server, TlsKeys tls, Duration sessionTimeout) {
        this.server = server;
        this.identity = new TlsIdentity(tls);
        this.sessionMillis = Math.toIntExact(sessionTimeout.toMillis());
    }

    /** What has happened since the beginning. */
    public record Counts(
            long held, long received, long sent, long requests, long expired, long reconnects, String failures) {}

    /** The host of that number, as it registers. */
    public static HostRegistration registration(SegmentId segment, int number) {
        return new HostRegistration(
                HostId.of("h" + number),
                segment,
                "zone-1",
                "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "0b6e2f0e-0c3e-4d0a-9a53-" + String.format(java.util.Locale.ROOT, "%012x", number),
                "127.0.0.1",
                8775,
                new Resources(64, 262_144, 4_000));
    }

    /** Lets so many more come, evenly over that time. Returns at once. */
    public void arrive(SegmentId segment, int count, Duration within) {
        int before = agents.size();
        for (int i = 0; i < count; i++) {
            HostRegistration registration = registration(segment, before + i);
            String base = "/holdfast/segments/" + segment;
            LightAgent agent = new LightAgent(
                    this,
                    base + "/leases/" + registration.host(),
                    base + "/hosts/" + registration.host(),
                    HostLease.written(registration));
            agents.add(agent);
            var _ = threads.schedule(
                    () -> connect(agent), within.toNanos() / Math.max(1, count) * i, TimeUnit.NANOSECONDS);
        }
    }

    /** Those of these numbers are gone, all at the same moment. */
    public void crash(int from, int to) {
        for (int i = from; i < to; i++) {
            agents.get(i).crash();
        }
    }

    /** Whether that one was crashed. */
    public boolean isCrashed(int number) {
        return number >= agents.size() || agents.get(number).isCrashed();
    }

    public int size() {
        return agents.size();
    }

    public Counts counts() {
        return new Counts(
                agents.stream().filter(LightAgent::isHeld).count(),
                received.sum(),
                sent.sum(),
                requests.sum(),
                expired.get(),
                reconnects.get(),
                failures.toString());
    }

    @Override
    public void close() {
        closed = true;
        agents.forEach(LightAgent::crash);
        threads.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    // ---- for the agents

    int sessionMillis() {
        return sessionMillis;
    }

    void expired() {
        expired.incrementAndGet();
    }

    void asked() {
        requests.increment();
    }

    void failed(Throwable cause) {
        failures.merge(String.valueOf(cause), 1L, Long::sum);
    }

    void connectAgain(LightAgent agent) {
        if (!closed) {
            reconnects.incrementAndGet();
            var _ = threads.schedule(() -> connect(agent), 100, TimeUnit.MILLISECONDS);
        }
    }

    void after(Channel channel, long millis, Task task) {
        var _ = channel.eventLoop()
                .schedule(
                        () -> {
                            try {
                                task.run();
                            } catch (IOException impossible) {
                                // Written into memory; if that fails the session is worth nothing.
                                failed(impossible);
                                var _ = channel.close();
                            }
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    /** Something to do on the thread of a connection. */
    interface Task {
        void run() throws IOException;
    }

    private void connect(LightAgent agent) {
        synchronized (door) {
            if (inside >= AT_THE_DOOR) {
                waiting.add(agent);
                return;
            }
            inside++;
        }
        agent.atTheDoor(true);
        open(agent);
    }

    /** It has its lease, or gave up for now: the next one may come. */
    void done(LightAgent agent) {
        if (!agent.atTheDoor(false)) {
            return;
        }
        LightAgent next;
        synchronized (door) {
            next = waiting.poll();
            if (next == null) {
                inside--;
                return;
            }
        }
        next.atTheDoor(true);
        threads.execute(() -> open(next));
    }

    private void open(LightAgent agent) {
        if (closed || agent.isCrashed()) {
            done(agent);
            return;
        }
        new Bootstrap()
                .group(threads)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5000)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) throws IOException {
                        SSLEngine engine = identity.context().createSSLEngine();
                        engine.setUseClientMode(true);
                        engine.setEnabledProtocols(new String[] {"TLSv1.3"});
                        SslHandler tls = new SslHandler(engine);
                        channel.pipeline()
                                .addLast(new Counting())
                                .addLast(tls)
                                .addLast(new LengthFieldBasedFrameDecoder(4 << 20, 0, 4, 0, 4))
                                .addLast(new LengthFieldPrepender(4))
                                .addLast(agent.handler());
                        tls.handshakeFuture().addListener(future -> {
                            if (future.isSuccess()) {
                                agent.opened(channel);
                            } else {
                                var _ = channel.close();
                            }
                        });
                    }
                })
                .connect(server)
                .addListener(future -> {
                    if (!future.isSuccess()) {
                        done(agent);
                        connectAgain(agent);
                    }
                });
    }

    /** Counts what passes the socket. */
    private final class Counting extends ChannelDuplexHandler {

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof ByteBuf buffer) {
                received.add(buffer.readableBytes());
            }
            context.fireChannelRead(message);
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (message instanceof ByteBuf buffer) {
                sent.add(buffer.readableBytes());
            }
            var _ = context.write(message, promise);
        }
    }
}
