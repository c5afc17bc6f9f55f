package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FencingSettings.Device;
import io.holdfast.fencing.FencingSettings.Driver;
import io.holdfast.fencing.FencingSettings.Privilege;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FencingSettingsTest {

    @Test
    void pinsTheDefaults() {
        assertThat(FencingSettings.defaults())
                .isEqualTo(new FencingSettings(
                        Map.of(), Map.of(), Duration.ofSeconds(3), Duration.ofMillis(50), Duration.ofMillis(500), 3));
        Device device = new Device(null, "192.0.2.1", null, "fencer", Path.of("p"), null, null);
        assertThat(device.driverOrDefault()).isEqualTo(Driver.IPMI);
        assertThat(device.portOrDefault()).isEqualTo(623);
        assertThat(device.cipherSuiteOrDefault()).isEqualTo(3);
        assertThat(device.privilegeOrDefault()).isEqualTo(Privilege.OPERATOR);
    }

    @ParameterizedTest
    @CsvSource({
        "100, 50, 500, 3, 'fencing.call-timeout must be between 200ms and 60s, is 100ms'",
        "3000, 5, 500, 3, 'fencing.read-back-pause must be between 10ms and 10s, is 5ms'",
        "3000, 50, 40, 3, 'fencing.read-back-pause-max must be between 50ms and 30s, is 40ms'",
        "3000, 50, 500, 0, 'fencing.orders-max must be between 1 and 10, is 0'"
    })
    void refusesAValueOutsideItsRangeByTheKeysName(long call, long pause, long pauseMax, int orders, String message) {
        assertThatThrownBy(() -> new FencingSettings(
                        Map.of(),
                        Map.of(),
                        Duration.ofMillis(call),
                        Duration.ofMillis(pause),
                        Duration.ofMillis(pauseMax),
                        orders))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({
        "' ', 623, fencer, 3, 'fencing.devices.*.address must not be empty'",
        "192.0.2.1, 0, fencer, 3, 'fencing.devices.*.port must be between 1 and 65535, is 0'",
        "192.0.2.1, 623, a-name-of-17-chars, 3,"
                + " 'fencing.devices.*.user must have 1 to 16 characters, is ''a-name-of-17-chars'''",
        "192.0.2.1, 623, fencer, 4, 'fencing.devices.*.cipher-suite must be 3 or 17, is 4'"
    })
    void refusesADeviceThatCannotWork(
            String address, @Nullable Integer port, String user, @Nullable Integer suite, String message) {
        assertThatThrownBy(() -> new Device(null, address, port, user, Path.of("p"), suite, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
