package io.holdfast.compute.libvirt;

import io.holdfast.compute.DriverException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.libvirt.LibvirtException;

/**
 * Calls into native code with a deadline.
 *
 * <p>A call whose deadline passes is abandoned: its thread stays with libvirt until libvirt lets go, and the caller is
 * told that the outcome is unknown. When all threads are held so, further calls fail at once rather than queue up behind
 * a daemon that hangs. The keep-alive closes such a connection after a few seconds, which frees them.
 *
 * <p>While some are answered, further calls wait for a free one: a host that takes over fifty instances looks after all of
 * them in the same moment, and to be asked much is no fault of libvirt's.
 */
final class LibvirtCalls implements AutoCloseable {

    /** How often a call that waits for its turn looks whether there is hope. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private final Duration timeout;
    private final int most;
    private final Semaphore free;
    private final ExecutorService threads;

    /** Calls whose callers have given them up, and which libvirt still holds. */
    private final AtomicInteger abandoned = new AtomicInteger();

    /**
     * @param threadsLimit calls at the same time; too small makes starts wait for each other, too large lets a hanging
     *     daemon hold much memory
     */
    LibvirtCalls(Duration timeout, int threadsLimit) {
        this.timeout = timeout;
        this.most = threadsLimit;
        this.free = new Semaphore(threadsLimit, true);
        this.threads = Executors.newCachedThreadPool(
                Thread.ofPlatform().daemon().name("libvirt-call-", 0).factory());
    }

    /** A call that answers with something. */
    interface Call<T> {
        T run() throws LibvirtException, DriverException;
    }

    /**
     * @param doing what is being done to whom, for the error: "starting instance …"
     */
    <T> T call(String doing, Call<T> call) throws DriverException {
        return call(doing, timeout, call);
    }

    /** @param limit in place of the usual one, for what takes as long as the storage needs */
    <T> T call(String doing, Duration limit, Call<T> call) throws DriverException {
        takeTurn(doing, limit);
        Held held = new Held();
        Future<T> answer;
        try {
            answer = threads.submit(() -> {
                try {
                    return call.run();
                } finally {
                    held.letGo();
                }
            });
        } catch (RejectedExecutionException e) {
            held.letGo();
            throw new DriverException(doing + ": the agent is closing", e);
        }
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            held.abandon();
            throw DriverException.unconfirmed(
                    doing + ": libvirt did not answer within " + limit.toSeconds() + " s; check libvirtd", e);
        } catch (InterruptedException e) {
            held.abandon();
            Thread.currentThread().interrupt();
            throw DriverException.unconfirmed(doing + ": interrupted while libvirt was at work", e);
        } catch (ExecutionException e) {
            throw translate(doing, Objects.requireNonNull(e.getCause()));
        }
    }

    /** Waits until a call may be made: for as long as its answer may take, and only while libvirt answers others. */
    private void takeTurn(String doing, Duration limit) throws DriverException {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!free.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                if (abandoned.get() >= most) {
                    throw new DriverException(
                            doing + ": libvirt holds all " + most + " calls and answers none; check libvirtd");
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new DriverException(doing + ": libvirt is asked too much; none of " + most
                            + " calls was answered within " + limit.toSeconds() + " s for this one to be made");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(doing + ": interrupted before libvirt was asked", e);
        }
    }

    /** A call that libvirt has, until it lets go of it. */
    private final class Held {
        private boolean given;
        private boolean over;

        synchronized void abandon() {
            if (!over) {
                given = true;
                abandoned.incrementAndGet();
            }
        }

        synchronized void letGo() {
            over = true;
            if (given) {
                abandoned.decrementAndGet();
            }
            free.release();
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }

    private static DriverException translate(String doing, Throwable cause) {
        return switch (cause) {
            case DriverException e -> e;
            case LibvirtException e -> {
                String message = doing + ": " + e.getMessage();
                yield connectionBroke(e) ? DriverException.unconfirmed(message, e) : new DriverException(message, e);
            }
            default -> throw new IllegalStateException(doing, cause);
        };
    }

    /** The connection ended while the call was under way: the daemon may or may not have done it. */
    private static boolean connectionBroke(LibvirtException e) {
        if (e.getError() == null) {
            return true;
        }
        return switch (e.getError().getCode()) {
            case VIR_ERR_RPC, VIR_ERR_SYSTEM_ERROR, VIR_ERR_INTERNAL_ERROR, VIR_ERR_INVALID_CONN ->
                String.valueOf(e.getMessage()).matches("(?s).*(socket|connection|keepalive|end of file|Broken pipe).*");
            default -> false;
        };
    }
}
