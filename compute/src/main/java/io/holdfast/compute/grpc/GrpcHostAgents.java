package io.holdfast.compute.grpc;

import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.compute.SlotsAnswer;
import io.holdfast.compute.grpc.v1.DescribeRequest;
import io.holdfast.compute.grpc.v1.HostAgentGrpc;
import io.holdfast.compute.grpc.v1.HostAgentGrpc.HostAgentBlockingStub;
import io.holdfast.compute.grpc.v1.OrderReply;
import io.holdfast.compute.grpc.v1.WatchMessage;
import io.holdfast.compute.grpc.v1.WatchRequest;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.secrets.TlsKeys;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller's lines to the agents.
 *
 * <p>Each host has a connection of its own, so a dead one stands in nobody's way. A line whose call ran into its
 * deadline is not used again: the peer may have lost power, and TCP would wait minutes for it. A line whose host has
 * another address than before is closed.
 *
 * <p>Safe for several threads; calls block for at most their deadline.
 */
public final class GrpcHostAgents implements HostAgents, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GrpcHostAgents.class);

    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final int MESSAGE_BYTES_MAX = 8 << 20;

    /** Three missed heartbeats and a little. */
    private static final Duration SILENCE_MAX = Duration.ofMillis(3_500);

    private static final Duration RECONNECT_PAUSE_MIN = Duration.ofMillis(100);
    private static final Duration RECONNECT_PAUSE_MAX = Duration.ofSeconds(2);

    private final TlsKeys tls;
    private final LinkListener links;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<HostId, Line> lines = new ConcurrentHashMap<>();

    private volatile boolean closed;

    private record Line(String address, int port, ManagedChannel channel) {}

    public GrpcHostAgents(TlsKeys tls, LinkListener links) {
        this.tls = tls;
        this.links = links;
    }

    @Override
    public AgentAnswer adopt(ComputeHost host, AdoptOrder order, Duration deadline) {
        return call(host, deadline, stub -> stub.adopt(Wire.write(order)));
    }

    @Override
    public AgentAnswer apply(ComputeHost host, InstanceOrder order, Duration deadline) {
        return call(host, deadline, stub -> stub.apply(Wire.write(order)));
    }

    @Override
    public RemedyAnswer mend(ComputeHost host, RemedyOrder order, Duration deadline) {
        return call(host, deadline, stub -> Wire.read(stub.mend(Wire.write(order))), unanswered -> switch (unanswered) {
            case AgentAnswer.Refused(String reason) -> new RemedyAnswer.Refused(reason);
            case AgentAnswer.Stale(String reason) -> new RemedyAnswer.Stale(reason);
            case AgentAnswer.NoAnswer(String reason) -> new RemedyAnswer.NoAnswer(reason);
            case AgentAnswer.Accepted _ -> throw new IllegalStateException("a failed call was accepted");
        });
    }

    @Override
    public DiskLookAnswer look(ComputeHost host, DiskLook look, Duration deadline) {
        return call(
                host,
                deadline,
                stub -> Wire.read(look, stub.look(Wire.write(host.id(), look))),
                unanswered -> new DiskLookAnswer.Unknown(why(unanswered)));
    }

    @Override
    public SlotsAnswer slots(ComputeHost host, Duration deadline) {
        return call(
                host,
                deadline,
                stub -> Wire.read(stub.readSlots(Wire.slots(host.id()))),
                unanswered -> new SlotsAnswer.Unknown(why(unanswered)));
    }

    @Override
    public ConsoleAnswer console(ComputeHost host, InstanceId instance, int bytesMax, Duration deadline) {
        return call(
                host,
                deadline,
                stub -> Wire.read(stub.console(Wire.console(host.id(), instance, bytesMax))),
                unanswered -> new ConsoleAnswer.Unknown(why(unanswered)));
    }

    @Override
    public DiagnosticsAnswer diagnose(ComputeHost host, InstanceId instance, Duration deadline) {
        return call(
                host,
                deadline,
                stub -> FiguresWire.read(stub.diagnose(FiguresWire.ask(host.id(), instance))),
                unanswered -> new DiagnosticsAnswer.Unknown(why(unanswered)));
    }

    private static String why(AgentAnswer unanswered) {
        return switch (unanswered) {
            case AgentAnswer.Refused(String reason) -> reason;
            case AgentAnswer.Stale(String reason) -> reason;
            case AgentAnswer.NoAnswer(String reason) -> reason;
            case AgentAnswer.Accepted _ -> throw new IllegalStateException("a failed call was accepted");
        };
    }

    @Override
    public boolean prepare(ComputeHost host, Duration deadline) {
        Line line;
        try {
            line = line(host);
        } catch (IOException | RuntimeException noLine) {
            return false;
        }
        try {
            var _ = HostAgentGrpc.newBlockingStub(line.channel())
                    .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                    .describe(DescribeRequest.newBuilder()
                            .setProtocolVersion(Wire.VERSION)
                            .build());
            return true;
        } catch (StatusRuntimeException noAnswer) {
            retire(host.id(), line);
            return false;
        }
    }

    @Override
    public AutoCloseable watch(ComputeHost host, Consumer<InstanceReport> reports) {
        Watch watch = new Watch(host, reports);
        Thread thread = Thread.ofVirtual().name("watch-" + host.id()).start(watch::run);
        return () -> {
            watch.stop();
            thread.interrupt();
        };
    }

    @Override
    public void close() {
        closed = true;
        lines.values().forEach(line -> line.channel().shutdownNow());
        lines.clear();
        executor.shutdownNow();
    }

    // ---- orders

    private AgentAnswer call(ComputeHost host, Duration deadline, Function<HostAgentBlockingStub, OrderReply> order) {
        return call(host, deadline, stub -> Wire.read(order.apply(stub)), Function.identity());
    }

    /** @param unanswered what the answer is when none of the agent's own was had */
    private <A> A call(
            ComputeHost host,
            Duration deadline,
            Function<HostAgentBlockingStub, A> order,
            Function<AgentAnswer, A> unanswered) {
        long limit = System.nanoTime() + deadline.toNanos();
        boolean second = false;
        while (true) {
            Line line;
            try {
                line = line(host);
            } catch (IOException | RuntimeException e) {
                return unanswered.apply(
                        new AgentAnswer.NoAnswer("no line to host " + host.id() + ": " + e.getMessage()));
            }
            long left = limit - System.nanoTime();
            if (left <= 0) {
                return unanswered.apply(
                        new AgentAnswer.NoAnswer("host " + host.id() + " did not answer within " + deadline));
            }
            try {
                return order.apply(
                        HostAgentGrpc.newBlockingStub(line.channel()).withDeadlineAfter(left, TimeUnit.NANOSECONDS));
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED) {
                    retire(host.id(), line);
                }
                if (e.getStatus().getCode() != Status.Code.UNAVAILABLE || second || closed) {
                    return unanswered.apply(translate(host.id(), e.getStatus(), deadline));
                }
                // A line that failed once goes on telling of that failure while it connects anew; a new one does not.
                second = true;
                retire(host.id(), line);
            } catch (IllegalArgumentException e) {
                return unanswered.apply(
                        new AgentAnswer.NoAnswer("host " + host.id() + " answered nonsense: " + e.getMessage()));
            }
        }
    }

    private static AgentAnswer translate(HostId host, Status status, Duration deadline) {
        String said = String.valueOf(status.getDescription());
        Throwable cause = status.getCause();
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t.getMessage() != null && !said.contains(t.getMessage())) {
                said += ": " + t.getMessage();
            }
        }
        return switch (status.getCode()) {
            case FAILED_PRECONDITION -> new AgentAnswer.Stale(said);
            case PERMISSION_DENIED,
                    UNAUTHENTICATED,
                    UNIMPLEMENTED,
                    INVALID_ARGUMENT,
                    OUT_OF_RANGE,
                    NOT_FOUND,
                    ALREADY_EXISTS -> new AgentAnswer.Refused("host " + host + " does not take the order: " + said);
            case DEADLINE_EXCEEDED -> new AgentAnswer.NoAnswer("host " + host + " did not answer within " + deadline);
            case OK, CANCELLED, UNKNOWN, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE, DATA_LOSS ->
                new AgentAnswer.NoAnswer("host " + host + " cannot be reached: " + said);
        };
    }

    private Line line(ComputeHost host) throws IOException {
        String address = host.address();
        if (address == null) {
            throw new IOException("it has not said yet where its agent is");
        }
        if (closed) {
            throw new IOException("the controller is closing");
        }
        Line line = lines.get(host.id());
        if (line != null && line.address().equals(address) && line.port() == host.port()) {
            return line;
        }
        Line opened = open(host.id(), address, host.port());
        boolean put =
                line == null ? lines.putIfAbsent(host.id(), opened) == null : lines.replace(host.id(), line, opened);
        if (!put) {
            opened.channel().shutdownNow(); // somebody was faster
            return line(host);
        }
        if (line != null) {
            log.info("host={} address {}:{} -> {}:{}", host.id(), line.address(), line.port(), address, host.port());
            line.channel().shutdown();
        }
        return opened;
    }

    private Line open(HostId host, String address, int port) throws IOException {
        ManagedChannel channel = NettyChannelBuilder.forAddress(address, port)
                .sslContext(TlsContexts.client(tls))
                // The certificate must name the host, whatever address it is reached at.
                .overrideAuthority(host.value())
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .withOption(ChannelOption.TCP_NODELAY, true)
                .maxInboundMessageSize(MESSAGE_BYTES_MAX)
                .executor(executor)
                .offloadExecutor(executor)
                // A second try of our own is enough, and gRPC's would hide the first answer.
                .disableRetry()
                .build();
        return new Line(address, port, channel);
    }

    /** The next call gets a new connection; calls that are under way on this one go on to their own deadlines. */
    private void retire(HostId host, Line line) {
        if (lines.remove(host, line)) {
            line.channel().shutdown();
        }
    }

    private static boolean pause(Duration pause) {
        try {
            Thread.sleep(pause);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // ---- watches

    /** One consumer's watch, over as many streams as it takes. */
    private final class Watch {
        private final ComputeHost host;
        private final Consumer<InstanceReport> reports;
        private final AtomicReference<@Nullable ClientCall<WatchRequest, WatchMessage>> stream =
                new AtomicReference<>();
        private volatile boolean stopped;
        private boolean connected;
        private String trouble = "";

        Watch(ComputeHost host, Consumer<InstanceReport> reports) {
            this.host = host;
            this.reports = reports;
        }

        void stop() {
            stopped = true;
            cancel("the watch was closed");
        }

        void run() {
            Duration pause = RECONNECT_PAUSE_MIN;
            while (!stopped && !closed) {
                boolean lived = false;
                try {
                    Line line = line(host);
                    lived = watchOnce(line);
                    retire(host.id(), line);
                } catch (IOException | RuntimeException e) {
                    down("no line to host " + host.id() + ": " + e.getMessage());
                }
                pause = lived ? RECONNECT_PAUSE_MIN : min(pause.multipliedBy(2), RECONNECT_PAUSE_MAX);
                if (!stopped && !pause(pause)) {
                    return;
                }
            }
        }

        /** True when at least one message came. */
        private boolean watchOnce(Line line) {
            AtomicLong heardAtNanos = new AtomicLong(System.nanoTime());
            Semaphore ended = new Semaphore(0);
            AtomicReference<Status> status = new AtomicReference<>(Status.UNKNOWN);
            AtomicLong heard = new AtomicLong();
            ClientCall<WatchRequest, WatchMessage> call =
                    line.channel().newCall(HostAgentGrpc.getWatchMethod(), io.grpc.CallOptions.DEFAULT);
            stream.set(call);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(WatchMessage message) {
                            heard.incrementAndGet();
                            heardAtNanos.set(System.nanoTime());
                            hear(message);
                            call.request(1);
                        }

                        @Override
                        public void onClose(Status why, io.grpc.Metadata trailers) {
                            status.set(why);
                            ended.release();
                        }
                    },
                    new io.grpc.Metadata());
            call.request(1);
            call.sendMessage(WatchRequest.newBuilder()
                    .setProtocolVersion(Wire.VERSION)
                    .setHost(host.id().value())
                    .build());
            call.halfClose();
            try {
                while (!ended.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                    if (System.nanoTime() - heardAtNanos.get() > SILENCE_MAX.toNanos()) {
                        // The connection may look alive for minutes after its peer lost power.
                        status.set(Status.UNAVAILABLE.withDescription(
                                "nothing heard for " + SILENCE_MAX.toMillis() + " ms"));
                        cancel("silent");
                        break;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                cancel("interrupted");
            }
            if (!stopped && !closed) {
                Status why = Objects.requireNonNull(status.get());
                down("watch of host " + host.id() + " ended: " + why.getCode() + " "
                        + String.valueOf(why.getDescription()));
            }
            return heard.get() > 0;
        }

        private void hear(WatchMessage message) {
            switch (message.getMessageCase()) {
                case REPORT -> {
                    if (!stopped) {
                        reports.accept(Wire.read(message.getReport()));
                    }
                }
                case HEARTBEAT -> {
                    up(message.getHeartbeat().getTrouble());
                    if (message.getHeartbeat().hasBusyPercent()) {
                        links.busy(host.id(), Math.clamp(message.getHeartbeat().getBusyPercent(), 0, 100));
                    }
                }
                case MESSAGE_NOT_SET -> {} // a newer agent's word; it only counts as a sign of life
            }
        }

        private synchronized void up(String said) {
            if (!connected || !trouble.equals(said)) {
                log.info("host={} agent up trouble={}", host.id(), said.isEmpty() ? "none" : said);
                connected = true;
                trouble = said;
                links.changed(host.id(), true, said);
            }
        }

        private synchronized void down(String reason) {
            if (connected || trouble.isEmpty()) {
                log.info("host={} agent down reason={}", host.id(), reason);
                connected = false;
                trouble = reason;
                links.changed(host.id(), false, reason);
            }
        }

        private void cancel(String reason) {
            ClientCall<WatchRequest, WatchMessage> call = stream.getAndSet(null);
            if (call != null) {
                call.cancel(reason, null);
            }
        }

        private static Duration min(Duration a, Duration b) {
            return a.compareTo(b) < 0 ? a : b;
        }
    }
}
