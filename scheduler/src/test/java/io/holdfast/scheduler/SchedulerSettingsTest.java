package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerSettingsTest {

    @Test
    void pinsTheDefaults() {
        assertThat(SchedulerSettings.defaults()).isEqualTo(new SchedulerSettings(4.0, 1.0, 0, 1.0, 0.5, 10.0));
    }

    @Test
    void whatIsOffByDefaultHasItsRange() {
        assertThatThrownBy(() -> new SchedulerSettings(
                        4,
                        1,
                        0,
                        1,
                        1,
                        10,
                        1001,
                        0,
                        0,
                        1,
                        0.05,
                        1.0,
                        0,
                        0,
                        AdvisorySettings.defaults(),
                        Map.of(),
                        Map.of()))
                .hasMessage("scheduler.free-cpu-multiplier must be between -1000.0 and 1000.0, is 1001.0");
        assertThatThrownBy(() -> new SchedulerSettings(
                        4,
                        1,
                        0,
                        1,
                        1,
                        10,
                        0,
                        Double.NaN,
                        0,
                        1,
                        0.05,
                        1.0,
                        0,
                        0,
                        AdvisorySettings.defaults(),
                        Map.of(),
                        Map.of()))
                .hasMessage("scheduler.free-disk-multiplier must be between -1000.0 and 1000.0, is NaN");
        assertThatThrownBy(() -> new SchedulerSettings(
                        4,
                        1,
                        0,
                        1,
                        1,
                        10,
                        0,
                        0,
                        -1001,
                        1,
                        0.05,
                        1.0,
                        0,
                        0,
                        AdvisorySettings.defaults(),
                        Map.of(),
                        Map.of()))
                .hasMessage("scheduler.domain-balance-multiplier must be between -1000.0 and 1000.0, is -1001.0");
        assertThatThrownBy(() -> new SchedulerSettings(
                        4,
                        1,
                        0,
                        1,
                        1,
                        10,
                        0,
                        0,
                        0,
                        1,
                        0.05,
                        1.0,
                        0,
                        -1,
                        AdvisorySettings.defaults(),
                        Map.of(),
                        Map.of()))
                .hasMessage("scheduler.max-instances-per-host must be between 0.0 and 100000.0, is -1.0");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 0, 1, 1, 10, 'scheduler.vcpu-overcommit must be between 0.1 and 100.0, is 0.0'",
        "4, 11, 0, 1, 1, 10, 'scheduler.memory-overcommit must be between 0.1 and 10.0, is 11.0'",
        "4, 1, -1, 1, 1, 10, 'scheduler.disk-overcommit must be between 0.0 and 100.0, is -1.0'",
        "4, 1, 0, NaN, 1, 10, 'scheduler.free-memory-multiplier must be between -1000.0 and 1000.0, is NaN'",
        "4, 1, 0, 1, 1001, 10, 'scheduler.spread-multiplier must be between -1000.0 and 1000.0, is 1001.0'",
        "4, 1, 0, 1, 1, -1, 'scheduler.group-multiplier must be between 0.0 and 1000.0, is -1.0'"
    })
    void refusesAValueOutsideItsRangeByTheKeysName(
            double vcpu, double memory, double disk, double freeMemory, double spread, double group, String message) {
        assertThatThrownBy(() -> new SchedulerSettings(vcpu, memory, disk, freeMemory, spread, group))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
