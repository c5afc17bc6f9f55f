package io.holdfast.server.controller;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that the database has not answered for a while.
 *
 * <p>A leader that reaches the coordination and not the database keeps its office and can do nothing in it, while another
 * controller perhaps could. One thread asks, and may hang as long as a connection does; the other looks how long ago the
 * last answer was, and never hangs.
 *
 * <p>After a pause of the whole process the last answer is old and the watch may say "away" for one question's time; a
 * leader that was paused that long has lost its office anyway.
 */
final class StoreWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);

    private final Runnable question;
    private final Duration interval;
    private final Duration limit;
    private final Consumer<Boolean> away;
    private final AtomicLong answeredAtNanos = new AtomicLong(System.nanoTime());
    private final Thread asks = Thread.ofVirtual().name("store-watch-asks").unstarted(this::ask);
    private final Thread looks = Thread.ofVirtual().name("store-watch-looks").unstarted(this::look);

    private volatile boolean closing;

    /**
     * @param question returns when the database has answered, and throws when it did not
     * @param limit without an answer for this long the database is away
     * @param away told at each look, on one thread
     */
    StoreWatch(Runnable question, Duration interval, Duration limit, Consumer<Boolean> away) {
        this.question = question;
        this.interval = interval;
        this.limit = limit;
        this.away = away;
    }

    void start() {
        asks.start();
        looks.start();
    }

    private void ask() {
        while (!closing) {
            try {
                question.run();
                answeredAtNanos.set(System.nanoTime());
            } catch (RuntimeException unanswered) {
                // The other thread counts; whoever needs the database says in its own words what is wrong with it.
                log.debug("the database does not answer: {}", unanswered.toString());
            }
            if (!pause()) {
                return;
            }
        }
    }

    private void look() {
        boolean before = false;
        while (!closing) {
            Duration silence = Duration.ofNanos(System.nanoTime() - answeredAtNanos.get());
            boolean now = silence.compareTo(limit) > 0;
            if (now != before) {
                log.warn(
                        now
                                ? "the database has not answered for " + silence.toMillis()
                                        + " ms; leading is left to others"
                                : "the database answers again");
                before = now;
            }
            away.accept(now);
            if (!pause()) {
                return;
            }
        }
    }

    private boolean pause() {
        try {
            Thread.sleep(interval);
            return true;
        } catch (InterruptedException closed) {
            return false;
        }
    }

    @Override
    public void close() {
        closing = true;
        asks.interrupt();
        looks.interrupt();
    }
}
