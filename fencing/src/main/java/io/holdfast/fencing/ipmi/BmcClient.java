package io.holdfast.fencing.ipmi;

import io.holdfast.fencing.ipmi.core.Command;
import io.holdfast.fencing.ipmi.core.Conversation;
import io.holdfast.fencing.ipmi.core.Event;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Outcome;
import io.holdfast.fencing.ipmi.core.State;
import io.holdfast.fencing.ipmi.core.Step;
import io.holdfast.fencing.ipmi.core.Trouble;
import io.holdfast.fencing.ipmi.core.Work;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Packet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs conversations with any number of BMCs: sockets and timers for {@link Conversation}, which decides everything.
 *
 * <p><b>Threads.</b> Any thread may call {@link #act}, and waits there. One thread runs all conversations; it begins with the
 * first and ends when there has been none for {@value #IDLE_MILLIS} ms, so there is nothing to close. It never waits for anything but
 * its selector.
 *
 * <p><b>Sockets.</b> Each conversation has one of its own, connected to its BMC: the kernel then drops what comes from elsewhere,
 * and tells us when the other side says that nobody listens. At most {@value #CONVERSATIONS_MAX} at a time.
 */
public final class BmcClient {

    /** Too small: a rack that dies at once is fenced in turns; too large: as many sockets are open. */
    static final int CONVERSATIONS_MAX = 256;

    static final int IDLE_MILLIS = 2000;

    /** The runner answers at the deadline; this much later we stop believing that it runs. */
    private static final Duration RUNNER_GRACE = Duration.ofSeconds(1);

    /** Datagrams taken from one socket before the others get their turn. */
    private static final int READS_IN_A_ROW = 16;

    private final SecureRandom random = new SecureRandom();
    private final long originNanos = System.nanoTime();
    private final Semaphore room = new Semaphore(CONVERSATIONS_MAX);
    private final Object lock = new Object();

    /** What the callers want, in their order: a conversation is begun before it is abandoned. Guarded by {@code lock}. */
    private final Deque<Wish> inbox = new ArrayDeque<>();

    /** The selector of the thread that runs, or null while none does. Guarded by {@code lock}. */
    private @Nullable Selector running;

    /** One conversation. All but the final fields belongs to the runner. */
    private static final class Talk {
        final InetSocketAddress target;
        final Login login;
        final Work act;
        final long deadlineAt;
        final CompletableFuture<Outcome> answer = new CompletableFuture<>();

        @Nullable
        DatagramChannel channel;

        State state = new State.Ended();

        Talk(InetSocketAddress target, Login login, Work act, long deadlineAt) {
            this.target = target;
            this.login = login;
            this.act = act;
            this.deadlineAt = deadlineAt;
        }
    }

    private sealed interface Wish {
        Talk talk();
    }

    private record Begin(Talk talk) implements Wish {}

    private record Abandon(Talk talk) implements Wish {}

    /**
     * Does that, in a session of its own, and waits for the outcome.
     *
     * @param address an IP address, or a name to be resolved
     * @param deadline for everything together, the name's resolution included; then the outcome is a {@link
     *     Outcome.Failed}. An interrupted caller is back at once, still interrupted
     */
    public Outcome act(String address, int port, Login login, Work act, Duration deadline) {
        long deadlineAt = now() + deadline.toNanos();
        boolean admitted = false;
        try {
            InetAddress resolved = resolve(address, deadline);
            admitted = room.tryAcquire(deadlineAt - now(), TimeUnit.NANOSECONDS);
            if (!admitted) {
                return new Outcome.Failed(
                        Trouble.BUSY, "the controller itself has " + CONVERSATIONS_MAX + " conversations under way");
            }
            Talk talk = new Talk(new InetSocketAddress(resolved, port), login, act, deadlineAt);
            // From here on the runner gives the place back.
            admitted = false;
            submit(new Begin(talk));
            return await(talk);
        } catch (UnknownHostException e) {
            return new Outcome.Failed(Trouble.UNREACHABLE, "the name " + address + " cannot be resolved");
        } catch (TimeoutException e) {
            return new Outcome.Failed(Trouble.UNREACHABLE, "the name " + address + " was not resolved in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Failed(Trouble.SILENT, "interrupted while waiting for the answer");
        } finally {
            if (admitted) {
                room.release();
            }
        }
    }

    private Outcome await(Talk talk) throws InterruptedException {
        try {
            long limit = talk.deadlineAt - now() + RUNNER_GRACE.toNanos();
            return talk.answer.get(limit, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the conversation with " + talk.target + " broke", e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("the conversation with " + talk.target + " did not end in time", e);
        } catch (InterruptedException e) {
            submit(new Abandon(talk));
            throw e;
        }
    }

    /** An address is taken as it is. A name is asked for in a thread of its own: a resolver may hang for half a minute. */
    private static InetAddress resolve(String address, Duration deadline)
            throws UnknownHostException, TimeoutException, InterruptedException {
        try {
            return InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            // It is a name.
        }
        CompletableFuture<InetAddress> resolved = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("fence-resolve-" + address).start(() -> {
            try {
                resolved.complete(InetAddress.getByName(address));
            } catch (UnknownHostException | RuntimeException e) {
                resolved.completeExceptionally(e);
            }
        });
        try {
            return resolved.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            UnknownHostException unknown = new UnknownHostException(address);
            unknown.initCause(e.getCause());
            throw unknown;
        }
    }

    private long now() {
        return System.nanoTime() - originNanos;
    }

    private void submit(Wish wish) {
        synchronized (lock) {
            inbox.add(wish);
            if (running != null) {
                running.wakeup();
                return;
            }
            try {
                Selector selector = Selector.open();
                running = selector;
                Thread.ofPlatform().daemon().name("fence-ipmi").start(() -> run(selector));
            } catch (IOException e) {
                inbox.remove(wish);
                if (wish instanceof Begin) {
                    room.release();
                }
                throw new IllegalStateException("this process has no more file descriptors", e);
            }
        }
    }

    // --- the runner ---

    private void run(Selector selector) {
        List<Talk> talks = new ArrayList<>();
        try {
            while (true) {
                takeIn(selector, talks);
                wakeTheDue(talks);
                if (!select(selector, talks) && talks.isEmpty() && retire(selector)) {
                    return;
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.attachment() instanceof Talk talk) {
                        read(talk);
                    }
                }
                selector.selectedKeys().clear();
                talks.removeIf(this::dismissed);
            }
        } catch (IOException | RuntimeException | Error e) {
            // Nobody may wait for a runner that is gone.
            abort(selector, talks, e);
        }
    }

    private void takeIn(Selector selector, List<Talk> talks) {
        while (true) {
            Wish wish;
            synchronized (lock) {
                wish = inbox.poll();
            }
            switch (wish) {
                case null -> {
                    return;
                }
                case Begin(Talk talk) -> {
                    talks.add(talk);
                    guarded(talk, () -> begin(selector, talk));
                }
                case Abandon(Talk talk) -> guarded(talk, () -> handle(talk, new Event.Abandoned()));
            }
        }
    }

    private void begin(Selector selector, Talk talk) {
        try {
            DatagramChannel channel = DatagramChannel.open();
            talk.channel = channel;
            channel.configureBlocking(false);
            channel.connect(talk.target);
            channel.register(selector, SelectionKey.OP_READ, talk);
        } catch (IOException e) {
            talk.answer.complete(new Outcome.Failed(Trouble.UNREACHABLE, String.valueOf(e.getMessage())));
            return;
        }
        perform(talk, Conversation.begin(talk.login, talk.act, now(), talk.deadlineAt, random));
    }

    private void wakeTheDue(List<Talk> talks) {
        long now = now();
        for (Talk talk : talks) {
            if (talk.state.wakeAt() <= now) {
                guarded(talk, () -> handle(talk, new Event.Wake()));
            }
        }
        talks.removeIf(this::dismissed);
    }

    /** Whether there was anything to select, or a conversation to wake. */
    private boolean select(Selector selector, List<Talk> talks) throws IOException {
        if (talks.isEmpty()) {
            return selector.select(IDLE_MILLIS) > 0;
        }
        long wakeAt = Long.MAX_VALUE;
        for (Talk talk : talks) {
            wakeAt = Math.min(wakeAt, talk.state.wakeAt());
        }
        long left = wakeAt - now();
        if (left <= 0) {
            selector.selectNow();
        } else {
            // Rounded up: a selector that returns early is asked again and again.
            selector.select((left + 999_999) / 1_000_000);
        }
        return true;
    }

    private boolean retire(Selector selector) throws IOException {
        synchronized (lock) {
            if (!inbox.isEmpty()) {
                return false;
            }
            running = null;
        }
        selector.close();
        return true;
    }

    private void read(Talk talk) {
        DatagramChannel channel = talk.channel;
        ByteBuffer buffer = ByteBuffer.allocate(Packet.BYTES_MAX + 1);
        for (int i = 0; i < READS_IN_A_ROW && channel != null && channel.isOpen(); i++) {
            buffer.clear();
            try {
                if (channel.read(buffer) < 0 || buffer.position() == 0) {
                    return;
                }
            } catch (IOException e) {
                guarded(talk, () -> handle(talk, unreachable(talk, e)));
                return;
            }
            byte[] octets = new byte[buffer.flip().remaining()];
            buffer.get(octets);
            guarded(talk, () -> handle(talk, new Event.Heard(Bytes.of(octets))));
        }
    }

    private void handle(Talk talk, Event event) {
        perform(talk, Conversation.step(talk.state, event, now(), random));
    }

    private void perform(Talk talk, Step step) {
        talk.state = step.next();
        IOException failure = null;
        for (Command command : step.commands()) {
            switch (command) {
                case Command.Send send -> {
                    IOException failed = write(talk, send.datagram());
                    failure = failed == null ? failure : failed;
                }
                case Command.Answer answer -> talk.answer.complete(answer.outcome());
            }
        }
        if (failure != null) {
            handle(talk, unreachable(talk, failure));
        }
    }

    private static @Nullable IOException write(Talk talk, Bytes datagram) {
        DatagramChannel channel = talk.channel;
        if (channel == null) {
            return null;
        }
        try {
            // What does not fit into the socket's buffer is lost, as anything may be on its way.
            channel.write(ByteBuffer.wrap(datagram.toArray()));
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    private static Event unreachable(Talk talk, IOException e) {
        return new Event.Unreachable(
                e instanceof PortUnreachableException
                        ? "nobody listens on UDP port " + talk.target.getPort()
                        : String.valueOf(e.getMessage()));
    }

    /** A defect in one conversation ends that one, and no other. */
    private static void guarded(Talk talk, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            talk.state = new State.Ended();
            talk.answer.completeExceptionally(e);
        }
    }

    private boolean dismissed(Talk talk) {
        if (!(talk.state instanceof State.Ended)) {
            return false;
        }
        close(talk);
        room.release();
        return true;
    }

    private static void close(Talk talk) {
        if (talk.channel == null) {
            return;
        }
        try {
            talk.channel.close();
        } catch (IOException e) {
            // The kernel has taken the descriptor back in any case; the conversation's answer is given.
            talk.answer.completeExceptionally(e);
        }
    }

    private void abort(Selector selector, List<Talk> talks, Throwable cause) {
        List<Talk> all = new ArrayList<>(talks);
        synchronized (lock) {
            running = null;
            inbox.stream().filter(Begin.class::isInstance).map(Wish::talk).forEach(all::add);
            inbox.clear();
        }
        for (Talk talk : all) {
            talk.answer.completeExceptionally(cause);
            close(talk);
            room.release();
        }
        try {
            selector.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
