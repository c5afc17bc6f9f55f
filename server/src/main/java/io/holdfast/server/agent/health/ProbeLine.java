package io.holdfast.server.agent.health;

import io.holdfast.server.agent.health.core.Reading;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One question that may hang, asked again and again on one thread.
 *
 * <p>While it has not come back it is not asked again, and each look at it says for how long. So a dead storage or daemon costs one
 * thread. That thread is not interrupted: it sits in the kernel or in native code, and would not hear it.
 *
 * <p>Used by one thread.
 */
final class ProbeLine<T> implements AutoCloseable {

    private final Callable<T> question;
    private final ExecutorService thread;
    private @Nullable FutureTask<Reading<T>> underWay;
    private long askedNanos;

    ProbeLine(String name, Callable<T> question) {
        this.question = question;
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("health-" + name).factory());
    }

    /** Asks, unless an earlier question is still out. Never blocks. */
    void ask() {
        if (underWay == null) {
            FutureTask<Reading<T>> task = new FutureTask<>(this::answer);
            underWay = task;
            askedNanos = System.nanoTime();
            thread.execute(task);
        }
    }

    /** The answer to what was asked, if it comes before that time of {@link System#nanoTime}; else how long it is out. */
    Reading<T> look(long untilNanos) throws InterruptedException {
        FutureTask<Reading<T>> task = underWay;
        if (task == null) {
            throw new IllegalStateException("nothing was asked");
        }
        try {
            Reading<T> answer = task.get(Math.max(0, untilNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            underWay = null;
            return answer;
        } catch (TimeoutException stillOut) {
            return new Reading.Silence<>(Duration.ofNanos(System.nanoTime() - askedNanos));
        } catch (ExecutionException failed) {
            // A defect of the probe says nothing about the host, and nothing about what else is asked.
            underWay = null;
            return new Reading.Unasked<>("the question itself failed: " + failed.getCause());
        }
    }

    private Reading<T> answer() {
        long beganNanos = System.nanoTime();
        try {
            T value = question.call();
            return new Reading.Answer<>(value, Duration.ofNanos(System.nanoTime() - beganNanos));
        } catch (Exception e) {
            return new Reading.Failure<>(text(e));
        }
    }

    /** Of some failures of files Java tells the name alone. */
    private static String text(Exception e) {
        String said = e.getMessage();
        return switch (e) {
            case NoSuchFileException _ -> "there is no " + said;
            case AccessDeniedException _ -> "no permission for " + said;
            default -> said == null || said.isBlank() ? e.toString() : said;
        };
    }

    /** Does not wait for a question that hangs. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
