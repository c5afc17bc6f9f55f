package io.holdfast.membership.probe;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The supervisor's end of the conversation: whoever connects and shows a certificate of our authority is told one line, and
 * that is all. Nothing that the other end says is read beyond what TLS needs.
 *
 * <p>Any certificate of the authority will do, unlike at the agent's port: the line says no more than the kernel does, and
 * orders nothing.
 *
 * <p>Threads: one accepts, and each connection has one of its own, which ends when its time is up. There are so many at once;
 * one more is closed without a word, which its caller takes for a host that lives. So whoever says nothing holds up nobody
 * for longer, and nobody who is refused calls the host hung.
 */
public final class SupervisorVoice implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SupervisorVoice.class);

    /**
     * Connections that the kernel takes while we do not run; beyond it the host looks silent. Large, because a hung host
     * collects one with each call of each controller, and has to stay recognizable. The kernel has a limit of its own,
     * 4096 by default.
     */
    private static final int BACKLOG = 4096;

    private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100);
    private static final long STACK_BYTES = 256 << 10;

    private final TlsIdentity identity;
    private final Supplier<SupervisorAnswer> answer;
    private final Duration limit;
    private final ServerSocket server;
    private final ThreadPoolExecutor conversations;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Thread accepting;

    private volatile boolean closing;

    private SupervisorVoice(
            ServerSocket server, TlsIdentity identity, Supplier<SupervisorAnswer> answer, int atOnce, Duration limit) {
        this.server = server;
        this.identity = identity;
        this.answer = answer;
        this.limit = limit;
        this.conversations = new ThreadPoolExecutor(
                0,
                atOnce,
                5,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> new Thread(null, task, "supervisor-answer", STACK_BYTES));
        this.accepting = Thread.ofPlatform()
                .name("supervisor-voice")
                .daemon(true)
                .stackSize(STACK_BYTES)
                .unstarted(this::accept);
    }

    /**
     * Takes the port; answers nobody before {@link #start}.
     *
     * @param address port 0 takes any free one
     * @param answer asked for each caller, on its thread; must not block, and may fail with an {@link UncheckedIOException}
     * @param atOnce how many conversations there may be, at least 1
     * @param limit how long one may take
     * @throws BindException when that cannot be listened on
     */
    public static SupervisorVoice listen(
            InetSocketAddress address,
            TlsIdentity identity,
            Supplier<SupervisorAnswer> answer,
            int atOnce,
            Duration limit)
            throws IOException {
        ServerSocket server = new LimitedServer();
        try {
            // A port that a killed predecessor's callers still remember is free all the same.
            server.setReuseAddress(true);
            server.bind(address, BACKLOG);
        } catch (IOException | RuntimeException taken) {
            server.close();
            throw taken;
        }
        return new SupervisorVoice(server, identity, answer, atOnce, limit);
    }

    public void start() {
        accepting.start();
    }

    /** The address that is really listened on. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /** Stops listening and ends what is under way. */
    @Override
    public void close() throws IOException {
        closing = true;
        server.close();
        conversations.shutdownNow();
        // An interrupt does not end a read.
        for (Socket one : open) {
            one.close();
        }
    }

    private void accept() {
        while (!closing) {
            try {
                LimitedSocket caller = (LimitedSocket) server.accept();
                caller.limit(limit);
                open.add(caller);
                try {
                    conversations.execute(() -> converse(caller));
                } catch (RejectedExecutionException tooMany) {
                    open.remove(caller);
                    caller.close();
                }
            } catch (IOException failure) {
                if (!closing) {
                    // Too many open files, or a caller that was gone before it was taken: the next one may fare better.
                    log.warn("a caller of the supervisor could not be taken: {}", failure.toString());
                    LockSupport.parkNanos(ACCEPT_PAUSE.toNanos());
                }
            }
        }
    }

    private void converse(LimitedSocket caller) {
        try (SSLSocket tls = (SSLSocket) identity.context().getSocketFactory().createSocket(caller, null, true)) {
            tls.setEnabledProtocols(new String[] {"TLSv1.3"});
            tls.setNeedClientAuth(true);
            tls.startHandshake();
            OutputStream out = tls.getOutputStream();
            // A line is far smaller than what the kernel takes at once, so this does not wait for the other end.
            out.write(answer.get().line().getBytes(StandardCharsets.US_ASCII));
            out.flush();
        } catch (IOException | UncheckedIOException ended) {
            log.debug("a caller of the supervisor got no answer: {}", ended.toString());
        } finally {
            open.remove(caller);
            close(caller);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyBroken) {
            log.debug("closing a broken connection", alreadyBroken);
        }
    }

    /** Accepts sockets that are limited in time. */
    private static final class LimitedServer extends ServerSocket {

        LimitedServer() throws IOException {
            // Bound later.
        }

        @Override
        public Socket accept() throws IOException {
            LimitedSocket socket = new LimitedSocket();
            implAccept(socket);
            return socket;
        }
    }
}
