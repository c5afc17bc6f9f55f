package io.holdfast.compute.libvirt;

import io.holdfast.compute.DriverException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.libvirt.LibvirtException;

/**
 * Calls into native code with a deadline.
 *
 * <p>A call whose deadline passes is abandoned: its thread stays with libvirt until libvirt lets go, and the caller is
 * told that the outcome is unknown. When all threads are held so, further calls fail at once rather than queue up behind
 * a daemon that hangs. The keep-alive closes such a connection after a few seconds, which frees them.
 */
final class LibvirtCalls implements AutoCloseable {

    private final Duration timeout;
    private final ThreadPoolExecutor threads;

    /**
     * @param threadsLimit calls at the same time; too small makes starts wait for each other, too large lets a hanging
     *     daemon hold much memory
     */
    LibvirtCalls(Duration timeout, int threadsLimit) {
        this.timeout = timeout;
        this.threads = new ThreadPoolExecutor(
                0,
                threadsLimit,
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
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
        Future<T> answer;
        try {
            answer = threads.submit(call::run);
        } catch (RejectedExecutionException e) {
            throw new DriverException(
                    doing + ": libvirt holds all " + threads.getMaximumPoolSize() + " calls and answers none", e);
        }
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw DriverException.unconfirmed(
                    doing + ": libvirt did not answer within " + limit.toSeconds() + " s; check libvirtd", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw DriverException.unconfirmed(doing + ": interrupted while libvirt was at work", e);
        } catch (ExecutionException e) {
            throw translate(doing, Objects.requireNonNull(e.getCause()));
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
