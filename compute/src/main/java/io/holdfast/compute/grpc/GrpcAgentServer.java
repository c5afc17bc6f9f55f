package io.holdfast.compute.grpc;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.agent.Agent;
import io.holdfast.compute.agent.AgentDescription;
import io.holdfast.compute.agent.AgentWatcher;
import io.holdfast.compute.agent.DiskLooks;
import io.holdfast.compute.agent.Processors;
import io.holdfast.compute.agent.RawSlots;
import io.holdfast.compute.agent.Remedies;
import io.holdfast.compute.grpc.v1.AdoptRequest;
import io.holdfast.compute.grpc.v1.ApplyRequest;
import io.holdfast.compute.grpc.v1.ConsoleReply;
import io.holdfast.compute.grpc.v1.ConsoleRequest;
import io.holdfast.compute.grpc.v1.DescribeReply;
import io.holdfast.compute.grpc.v1.DescribeRequest;
import io.holdfast.compute.grpc.v1.DiagnoseReply;
import io.holdfast.compute.grpc.v1.DiagnoseRequest;
import io.holdfast.compute.grpc.v1.Heartbeat;
import io.holdfast.compute.grpc.v1.HostAgentGrpc;
import io.holdfast.compute.grpc.v1.LookReply;
import io.holdfast.compute.grpc.v1.LookRequest;
import io.holdfast.compute.grpc.v1.MendReply;
import io.holdfast.compute.grpc.v1.MendRequest;
import io.holdfast.compute.grpc.v1.OrderReply;
import io.holdfast.compute.grpc.v1.ReadSlotsReply;
import io.holdfast.compute.grpc.v1.ReadSlotsRequest;
import io.holdfast.compute.grpc.v1.WatchMessage;
import io.holdfast.compute.grpc.v1.WatchRequest;
import io.holdfast.model.InstanceId;
import io.holdfast.secrets.TlsKeys;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's ear: takes orders from controllers and nobody else.
 *
 * <p>A peer must show a certificate of our authority whose subject has {@code OU=controller}. Calls run on virtual
 * threads, a bounded number at a time; one too many is told to come again rather than queued.
 */
public final class GrpcAgentServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GrpcAgentServer.class);

    /** Ten thousand orders of an adoption fit; anything much larger was not sent by a controller. */
    private static final int MESSAGE_BYTES_MAX = 8 << 20;

    /** Too small refuses a burst of orders, too large lets one peer hold much memory. */
    private static final int CALLS_LIMIT = 512;

    /** What the agent's answer needs to be back before its caller gives up. */
    private static final Duration MARGIN = Duration.ofMillis(50);

    /** For callers that set no deadline. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    /** log2 of how many pages make a chunk: 128 KiB, where Netty's own 4 MiB per thread would mostly lie empty. */
    private static final int CHUNK_ORDER = 4;

    private static final int PAGE_BYTES = 8 << 10;

    private final Agent agent;
    private final Remedies remedies;
    private final DiskLooks disks;
    private final RawSlots slots;
    private final Processors processors;

    /**
     * One thread listens, reads, writes and encrypts for all controllers: there are a handful of them and they say
     * little. Netty's default is two threads for each processor, which on a large host costs more memory than the
     * rest of the agent.
     */
    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("agent-grpc", true), NioIoHandler.newFactory());

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Server server;

    /**
     * @param address port 0 takes any free port; see {@link #port()}
     */
    public GrpcAgentServer(
            InetSocketAddress address,
            TlsKeys tls,
            Agent agent,
            Remedies remedies,
            DiskLooks disks,
            RawSlots slots,
            Processors processors)
            throws IOException {
        this.agent = agent;
        this.remedies = remedies;
        this.disks = disks;
        this.slots = slots;
        this.processors = processors;
        this.server = NettyServerBuilder.forAddress(address)
                .sslContext(TlsContexts.server(tls))
                .executor(executor)
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .channelType(NioServerSocketChannel.class)
                .withChildOption(ChannelOption.ALLOCATOR, buffers())
                .maxInboundMessageSize(MESSAGE_BYTES_MAX)
                .maxConcurrentCallsPerConnection(CALLS_LIMIT)
                .intercept(new OnlyControllers())
                .intercept(new OnlySoMany(new Semaphore(CALLS_LIMIT)))
                .addService(new Service())
                .build();
    }

    /** One arena of each kind, for the one thread; without caches for the many threads that answer. */
    private static ByteBufAllocator buffers() {
        return new PooledByteBufAllocator(true, 1, 1, PAGE_BYTES, CHUNK_ORDER, 0, 0, false);
    }

    public void start() throws IOException {
        server.start();
        log.info("host={} agent listens port={}", agent.host(), server.getPort());
    }

    /** The port that is really listened on, once started. */
    public int port() {
        return server.getPort();
    }

    /** Runs what it is given in the one thread that listens, reads and writes. It must not block. */
    public Executor ear() {
        return loop;
    }

    /** Stops listening, gives calls that are under way a second, and cuts the rest. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(1, TimeUnit.SECONDS)) {
                server.shutdownNow();
                if (!server.awaitTermination(1, TimeUnit.SECONDS)) {
                    log.warn("host={} agent's server did not end in time", agent.host());
                }
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        executor.shutdownNow();
        // Not waited for: its one thread is a daemon and has nothing left to do.
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** No message of ours may be longer than gRPC lets pass. */
    private static final int CONSOLE_BYTES = 1 << 20;

    private final class Service extends HostAgentGrpc.HostAgentImplBase {

        @Override
        public void describe(DescribeRequest request, StreamObserver<DescribeReply> replies) {
            // Whatever version asks: the answer is how it finds out what we speak.
            AgentDescription is = agent.describe();
            replies.onNext(DescribeReply.newBuilder()
                    .setProtocolVersion(Wire.VERSION)
                    .setHost(is.host().value())
                    .setBootId(is.bootId())
                    .setHostEpoch(is.hostEpoch().value())
                    .setIncarnation(is.incarnation().value())
                    .setLeader(is.leader().value())
                    .setAdmitted(is.admitted())
                    .setTrouble(is.trouble())
                    .build());
            replies.onCompleted();
        }

        @Override
        public void adopt(AdoptRequest request, StreamObserver<OrderReply> replies) {
            answer(
                    request.getProtocolVersion(),
                    replies,
                    () -> Wire.write(agent.adopt(Wire.read(request), patience())));
        }

        @Override
        public void apply(ApplyRequest request, StreamObserver<OrderReply> replies) {
            answer(
                    request.getProtocolVersion(),
                    replies,
                    () -> Wire.write(agent.apply(Wire.read(request), patience())));
        }

        @Override
        public void mend(MendRequest request, StreamObserver<MendReply> replies) {
            answer(
                    request.getProtocolVersion(),
                    replies,
                    () -> Wire.write(remedies.mend(Wire.read(request), patience())));
        }

        @Override
        public void look(LookRequest request, StreamObserver<LookReply> replies) {
            if (isForAnother(request.getHost(), replies)) {
                return;
            }
            answer(request.getProtocolVersion(), replies, () -> Wire.write(disks.look(Wire.read(request), patience())));
        }

        @Override
        public void readSlots(ReadSlotsRequest request, StreamObserver<ReadSlotsReply> replies) {
            if (!isForAnother(request.getHost(), replies)) {
                // Four blocks of 4 KiB for each slot, which are mostly zeros.
                ((ServerCallStreamObserver<ReadSlotsReply>) replies).setCompression("gzip");
                answer(request.getProtocolVersion(), replies, this::rawSlots);
            }
        }

        @Override
        public void console(ConsoleRequest request, StreamObserver<ConsoleReply> replies) {
            if (!isForAnother(request.getHost(), replies)) {
                answer(request.getProtocolVersion(), replies, () -> tail(request));
            }
        }

        private ConsoleReply tail(ConsoleRequest request) {
            try {
                byte[] text = agent.console(
                        InstanceId.parse(request.getInstance()), Math.clamp(request.getBytesMax(), 0, CONSOLE_BYTES));
                return ConsoleReply.newBuilder()
                        .setText(ByteString.copyFrom(text))
                        .build();
            } catch (DriverException e) {
                return ConsoleReply.newBuilder()
                        .setTrouble(String.valueOf(e.getMessage()))
                        .build();
            }
        }

        @Override
        public void diagnose(DiagnoseRequest request, StreamObserver<DiagnoseReply> replies) {
            if (!isForAnother(request.getHost(), replies)) {
                answer(request.getProtocolVersion(), replies, () -> figures(request));
            }
        }

        private DiagnoseReply figures(DiagnoseRequest request) {
            try {
                return FiguresWire.write(agent.diagnostics(InstanceId.parse(request.getInstance())));
            } catch (DriverException e) {
                return DiagnoseReply.newBuilder()
                        .setTrouble(String.valueOf(e.getMessage()))
                        .build();
            }
        }

        private ReadSlotsReply rawSlots() {
            try {
                return ReadSlotsReply.newBuilder()
                        .setDevice(ByteString.copyFrom(slots.read()))
                        .build();
            } catch (IOException unreadable) {
                return ReadSlotsReply.newBuilder()
                        .setTrouble("its slot device cannot be read: " + unreadable.getMessage())
                        .build();
            }
        }

        @Override
        public void watch(WatchRequest request, StreamObserver<WatchMessage> messages) {
            if (request.getProtocolVersion() > Wire.VERSION) {
                messages.onError(tooNew(request.getProtocolVersion()).asRuntimeException());
                return;
            }
            if (!isForAnother(request.getHost(), messages)) {
                new Watching((ServerCallStreamObserver<WatchMessage>) messages).begin();
            }
        }

        private boolean isForAnother(String host, StreamObserver<?> replies) {
            boolean another = !host.isEmpty() && !host.equals(agent.host().value());
            if (another) {
                replies.onError(Status.INVALID_ARGUMENT
                        .withDescription("this is host " + agent.host() + ", not " + host)
                        .asRuntimeException());
            }
            return another;
        }

        private <R> void answer(int version, StreamObserver<R> replies, Supplier<R> order) {
            if (version > Wire.VERSION) {
                replies.onError(tooNew(version).asRuntimeException());
                return;
            }
            R answer;
            try {
                answer = order.get();
            } catch (IllegalArgumentException e) {
                replies.onError(
                        Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
                return;
            }
            replies.onNext(answer);
            replies.onCompleted();
        }
    }

    private static Status tooNew(int version) {
        return Status.UNIMPLEMENTED.withDescription("this agent speaks protocol version " + Wire.VERSION
                + " and was addressed in " + version + "; update the agent first");
    }

    private static Duration patience() {
        Deadline deadline = Context.current().getDeadline();
        if (deadline == null) {
            return PATIENCE;
        }
        Duration left = Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS));
        Duration usable = left.minus(MARGIN);
        return usable.compareTo(MARGIN) > 0 ? usable : left.dividedBy(2);
    }

    /**
     * One watch: keeps only the newest report per instance for a reader that is slow, so that its memory is bounded by
     * the number of instances.
     */
    private final class Watching implements AgentWatcher {
        private final ServerCallStreamObserver<WatchMessage> messages;
        private final Map<InstanceId, InstanceReport> waiting = new LinkedHashMap<>();
        private String trouble = "";
        private boolean urgent;

        Watching(ServerCallStreamObserver<WatchMessage> messages) {
            this.messages = messages;
        }

        @Override
        public synchronized void reported(InstanceReport report) {
            waiting.put(report.instance(), report);
            notifyAll();
        }

        @Override
        public synchronized void troubled(String now) {
            trouble = now;
            urgent = true;
            notifyAll();
        }

        /** Not on the call's own thread: gRPC tells of a cancelled call only when that one has returned. */
        void begin() {
            messages.setOnCancelHandler(this::wake);
            messages.setOnReadyHandler(this::wake);
            executor.execute(this::run);
        }

        private void run() {
            try (AutoCloseable _ = agent.watch(this)) {
                for (long sequence = 1; !messages.isCancelled(); sequence++) {
                    if (messages.isReady()) {
                        takeWaiting()
                                .forEach(report -> messages.onNext(WatchMessage.newBuilder()
                                        .setReport(Wire.write(report))
                                        .build()));
                        messages.onNext(WatchMessage.newBuilder()
                                .setHeartbeat(heartbeat(sequence))
                                .build());
                    }
                    awaitChange();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                messages.onError(Status.UNAVAILABLE
                        .withDescription("the agent is closing")
                        .asRuntimeException());
            } catch (Exception e) {
                if (!messages.isCancelled()) {
                    log.warn("host={} watch ended reason={}", agent.host(), e.toString());
                    messages.onError(Status.INTERNAL.withCause(e).asRuntimeException());
                }
            }
        }

        private Heartbeat heartbeat(long sequence) {
            Heartbeat.Builder heartbeat =
                    Heartbeat.newBuilder().setSequence(sequence).setTrouble(takeTrouble());
            processors.busyPercent().ifPresent(heartbeat::setBusyPercent);
            return heartbeat.build();
        }

        private synchronized void wake() {
            urgent = true;
            notifyAll();
        }

        private synchronized void awaitChange() throws InterruptedException {
            long limit = System.nanoTime() + HEARTBEAT.toNanos();
            while ((waiting.isEmpty() || !messages.isReady()) && !urgent) {
                long left = TimeUnit.NANOSECONDS.toMillis(limit - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                wait(left);
            }
            urgent = false;
        }

        private synchronized List<InstanceReport> takeWaiting() {
            List<InstanceReport> reports = new ArrayList<>(waiting.values());
            waiting.clear();
            return reports;
        }

        private synchronized String takeTrouble() {
            return trouble;
        }
    }

    /** Refuses whoever is not a controller by certificate. TLS has already refused who has none of our authority. */
    private static final class OnlyControllers implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
            String subject = session == null ? "" : subject(session);
            if (!isController(subject)) {
                log.warn("call={} refused peer={}", call.getMethodDescriptor().getBareMethodName(), subject);
                call.close(
                        Status.PERMISSION_DENIED.withDescription(
                                "the certificate of '" + subject + "' is not a controller's (OU=controller)"),
                        new Metadata());
                return new ServerCall.Listener<>() {};
            }
            return next.startCall(call, headers);
        }

        private static String subject(SSLSession session) {
            try {
                Certificate leaf = session.getPeerCertificates()[0];
                return leaf instanceof X509Certificate x509
                        ? x509.getSubjectX500Principal().getName()
                        : "";
            } catch (SSLPeerUnverifiedException e) {
                return "";
            }
        }

        private static boolean isController(String subject) {
            try {
                return new LdapName(subject)
                        .getRdns().stream()
                                .anyMatch(rdn ->
                                        rdn.getType().equalsIgnoreCase("OU") && "controller".equals(rdn.getValue()));
            } catch (InvalidNameException e) {
                return false;
            }
        }
    }

    /** Refuses a call when too many are under way over all connections. */
    private record OnlySoMany(Semaphore permits) implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            if (!permits.tryAcquire()) {
                call.close(
                        Status.RESOURCE_EXHAUSTED.withDescription("too many calls are under way; come again"),
                        new Metadata());
                return new ServerCall.Listener<>() {};
            }
            AtomicBoolean released = new AtomicBoolean();
            Runnable release = () -> {
                if (released.compareAndSet(false, true)) {
                    permits.release();
                }
            };
            ServerCall.Listener<Q> listener;
            try {
                listener = next.startCall(call, headers);
            } catch (RuntimeException e) {
                release.run();
                throw e;
            }
            return new io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener<>(listener) {
                @Override
                public void onComplete() {
                    release.run();
                    super.onComplete();
                }

                @Override
                public void onCancel() {
                    release.run();
                    super.onCancel();
                }
            };
        }
    }
}
