package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class WarmUpTest {

    @Test
    void isTriedAgainUntilEverythingCouldBeDoneAndThenNeverMore() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(1);
        try (WarmUp warmUp = new WarmUp(
                () -> switch (tries.incrementAndGet()) {
                    case 1 -> throw new IllegalStateException("the database is away");
                    case 2 -> false;
                    default -> {
                        done.countDown();
                        yield true;
                    }
                },
                Duration.ofMillis(1))) {
            warmUp.start();
            done.await();
            await().untilAsserted(() -> assertThat(warmUp.hasEnded()).isTrue());
            assertThat(tries).hasValue(3);
        }
    }

    @Test
    void isGivenUpWhenTheControllerEnds() {
        AtomicInteger tries = new AtomicInteger();
        WarmUp warmUp = new WarmUp(
                () -> {
                    tries.incrementAndGet();
                    return false;
                },
                Duration.ofHours(1));
        warmUp.start();
        await().untilAsserted(() -> assertThat(tries).hasValue(1));
        warmUp.close();
        await().untilAsserted(() -> assertThat(warmUp.hasEnded()).isTrue());
    }
}
