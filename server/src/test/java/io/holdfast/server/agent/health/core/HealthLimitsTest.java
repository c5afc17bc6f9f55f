package io.holdfast.server.agent.health.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HealthLimitsTest {

    private static HealthLimits with(String key, long value) {
        HealthLimits is = HealthLimits.defaults();
        return new HealthLimits(
                key.equals("libvirt-poor") ? Duration.ofMillis(value) : is.libvirtPoor(),
                key.equals("libvirt-bad") ? Duration.ofMillis(value) : is.libvirtBad(),
                key.equals("storage-poor") ? Duration.ofMillis(value) : is.storagePoor(),
                key.equals("storage-bad") ? Duration.ofMillis(value) : is.storageBad(),
                key.equals("disk-poor-percent") ? (int) value : is.diskPoorPercent(),
                key.equals("disk-bad-percent") ? (int) value : is.diskBadPercent(),
                key.equals("memory-poor-percent") ? (int) value : is.memoryPoorPercent(),
                key.equals("memory-bad-percent") ? (int) value : is.memoryBadPercent(),
                key.equals("stall-poor-percent") ? (int) value : is.stallPoorPercent(),
                key.equals("stall-bad-percent") ? (int) value : is.stallBadPercent(),
                key.equals("clock-poor") ? Duration.ofMillis(value) : is.clockPoor(),
                key.equals("clock-bad") ? Duration.ofMillis(value) : is.clockBad(),
                key.equals("worse-after") ? (int) value : is.worseAfter(),
                key.equals("better-after") ? (int) value : is.betterAfter());
    }

    @ParameterizedTest
    @CsvSource({
        "libvirt-poor, 9",
        "libvirt-poor, 2000",
        "libvirt-bad, 500",
        "libvirt-bad, 300001",
        "storage-poor, 0",
        "storage-bad, 500",
        "disk-poor-percent, 3",
        "disk-poor-percent, 101",
        "disk-bad-percent, -1",
        "memory-poor-percent, 4",
        "memory-bad-percent, 10",
        "stall-poor-percent, 40",
        "stall-poor-percent, -1",
        "stall-bad-percent, 101",
        "stall-bad-percent, 10",
        "clock-poor, 9",
        "clock-bad, 500",
        "clock-bad, 86400001",
        "worse-after, 0",
        "worse-after, 21",
        "better-after, 0",
        "better-after, 101"
    })
    void aLimitThatCannotBeIsRefusedByName(String key, long value) {
        assertThatThrownBy(() -> with(key, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("health.limits." + key);
    }

    @Test
    void theSayingNamesBothNumbersAsTheyWereGiven() {
        assertThatThrownBy(() -> with("stall-poor-percent", 70))
                .hasMessage(
                        "health.limits.stall-poor-percent must be below health.limits.stall-bad-percent, both between"
                                + " 0 and 100; they are 70 and 40");
        assertThat(with("stall-bad-percent", 100).stallBadPercent()).isEqualTo(100);
    }
}
