package io.holdfast.server.controller;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class StoreWatchTest {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Deque<Boolean> told = new ConcurrentLinkedDeque<>();

    @Test
    void saysAwayWhenEveryQuestionFailsAndBackWhenOneIsAnswered() {
        AtomicBoolean fails = new AtomicBoolean();
        try (StoreWatch watch = watch(() -> {
            if (fails.get()) {
                throw new IllegalStateException("the database is dead");
            }
        })) {
            watch.start();
            await().atMost(LIMIT).until(() -> Boolean.FALSE.equals(told.peekLast()));
            fails.set(true);
            await().atMost(LIMIT).until(() -> Boolean.TRUE.equals(told.peekLast()));
            fails.set(false);
            await().atMost(LIMIT).until(() -> Boolean.FALSE.equals(told.peekLast()));
        }
    }

    @Test
    void saysAwayWhenAQuestionHangs() {
        CountDownLatch hangs = new CountDownLatch(1);
        try (StoreWatch watch = watch(() -> {
            try {
                hangs.await();
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        })) {
            watch.start();
            await().atMost(LIMIT).until(() -> Boolean.TRUE.equals(told.peekLast()));
            hangs.countDown();
            await().atMost(LIMIT).until(() -> Boolean.FALSE.equals(told.peekLast()));
        }
    }

    private StoreWatch watch(Runnable question) {
        return new StoreWatch(question, Duration.ofMillis(10), Duration.ofMillis(300), told::add);
    }
}
