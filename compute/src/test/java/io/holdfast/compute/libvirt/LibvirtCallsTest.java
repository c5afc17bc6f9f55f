package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.DriverException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LibvirtCallsTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void end() {
        release.countDown();
        callers.shutdownNow();
    }

    /** Fifty instances of a failed host arrive at once, and each looks at what runs here. */
    @Test
    void manyAtOnceWaitForEachOtherAndNoneIsRefused() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (LibvirtCalls calls = new LibvirtCalls(LONG, 4)) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int mine = i;
                answers.add(callers.submit(() -> calls.call("looking", () -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(2_000_000);
                    inside.decrementAndGet();
                    return mine;
                })));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(i);
            }
        }
        assertThat(most).hasValueLessThanOrEqualTo(4);
    }

    @Test
    void whenLibvirtHoldsAllOfThemTheNextFailsAtOnceAndGoesOnOnceItLetsGo() throws Exception {
        try (LibvirtCalls calls = new LibvirtCalls(Duration.ofMillis(100), 2)) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> calls.call("starting", this::hang))
                        .isInstanceOfSatisfying(
                                DriverException.class,
                                e -> assertThat(e.outcomeUnknown()).isTrue())
                        .hasMessageContaining("did not answer");
            }
            assertThatThrownBy(() -> calls.call("starting", LONG, () -> true))
                    .isInstanceOfSatisfying(
                            DriverException.class,
                            e -> assertThat(e.outcomeUnknown()).isFalse())
                    .hasMessageContaining("libvirt holds all 2 calls and answers none");
            release.countDown();
            await().until(() -> calls.call("starting", LONG, () -> true));
        }
    }

    @Test
    void whoIsNotServedInTimeHasNotAsked() throws Exception {
        try (LibvirtCalls calls = new LibvirtCalls(LONG, 1)) {
            Future<Boolean> first = callers.submit(() -> calls.call("suspending", LONG, this::hang));
            await().until(() -> hanging.get() == 1);
            assertThatThrownBy(() -> calls.call("looking", Duration.ofMillis(150), () -> true))
                    .isInstanceOfSatisfying(
                            DriverException.class,
                            e -> assertThat(e.outcomeUnknown()).isFalse())
                    .hasMessageContaining("libvirt is asked too much");
            release.countDown();
            assertThat(first.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(calls.call("looking", () -> true)).isTrue();
        }
    }

    private final AtomicInteger hanging = new AtomicInteger();

    private boolean hang() throws DriverException {
        hanging.incrementAndGet();
        try {
            return release.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new DriverException("interrupted", e);
        }
    }
}
