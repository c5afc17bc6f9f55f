package io.holdfast.identity.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class GuessLimitsTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final GuessLimits limits = new GuessLimits(3);

    private boolean begin(String user, String address, long now) {
        return limits.begin(user, address, false, now);
    }

    @Test
    void oneUserFromOneAddressHasSoManyInAMinute() {
        for (int i = 0; i < 3; i++) {
            assertThat(begin("ann", "a", i)).isTrue();
        }
        assertThat(begin("ann", "a", 4)).isFalse();
        assertThat(begin("ann", "b", 4)).isTrue();
        assertThat(begin("bob", "a", 4)).isTrue();
        assertThat(begin("ann", "a", 60 * SECOND)).isFalse();
        assertThat(begin("ann", "a", 61 * SECOND)).isTrue();
    }

    @Test
    void whoIsRightIsNotCounted() {
        for (int i = 0; i < 20; i++) {
            assertThat(begin("ann", "a", i)).isTrue();
            limits.takeBack("ann", "a", false);
        }
        assertThat(limits.size()).isZero();
    }

    @Test
    void manyAddressesTogetherHaveTenTimesAsManyForOneUserAndOneAddressForAll() {
        for (int i = 0; i < 30; i++) {
            assertThat(begin("ann", "a" + i, i)).isTrue();
            assertThat(begin("u" + i, "far", i)).isTrue();
        }
        assertThat(begin("ann", "another", 31)).isFalse();
        assertThat(begin("another", "far", 31)).isFalse();
        // Programs of this machine do not lock each other out.
        for (int i = 0; i < 40; i++) {
            assertThat(limits.begin("n" + i, "127.0.0.1", true, i)).isTrue();
        }
    }

    @Test
    void aFloodOfNamesStaysBounded() {
        for (int i = 0; i < 20_000; i++) {
            begin("u" + i, "a" + i, i);
        }
        assertThat(limits.size()).isLessThanOrEqualTo(30_000);
    }
}
