package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SeldomTest {

    @Test
    void theFirstPassesAndThenOneEachTime() {
        AtomicLong clock = new AtomicLong(-7);
        Seldom seldom = new Seldom(Duration.ofMinutes(1), clock::get);
        assertThat(seldom.now()).isTrue();
        assertThat(seldom.now()).isFalse();
        clock.addAndGet(Duration.ofMinutes(1).toNanos() - 1);
        assertThat(seldom.now()).isFalse();
        clock.addAndGet(1);
        assertThat(seldom.now()).isTrue();
        assertThat(seldom.now()).isFalse();
    }
}
