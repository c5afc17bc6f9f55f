package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class GuardSettingsTest {

    @Test
    void theDefaultsAreThese() {
        GuardSettings d = GuardSettings.defaults();
        assertThat(d.domainShare()).isEqualTo(0.75);
        assertThat(d.fencesPerWindow()).isEqualTo(8);
        assertThat(d.stormHolds()).isEqualTo(3);
        assertThat(d.coolDown()).hasMinutes(10);
        assertThat(d.flapLimit()).isEqualTo(3);
        assertThat(d.memory()).isEqualTo(Duration.ofHours(1));
        assertThat(RecoverySettings.defaults().guards()).isEqualTo(d);
    }

    @Test
    void aValueOutOfRangeNamesTheKeyTheRangeAndTheValue() {
        assertThatThrownBy(() -> with(0.0, 8, 3, Duration.ofHours(1)))
                .hasMessage("recovery.guards.domain-share must be between 0.01 and 1.0, is 0.0");
        assertThatThrownBy(() -> with(0.5, 0, 3, Duration.ofHours(1)))
                .hasMessage("recovery.guards.fences-per-window must be between 1 and 1000, is 0");
        assertThatThrownBy(() -> with(0.5, 8, 1, Duration.ofHours(1)))
                .hasMessage("recovery.guards.storm-holds must be between 2 and 1000, is 1");
        assertThatThrownBy(() -> with(0.5, 8, 3, Duration.ofSeconds(5)))
                .hasMessage("recovery.guards.flap-window must be between 1m and 168h, is 5s");
    }

    private static GuardSettings with(double share, int fences, int holds, Duration flapWindow) {
        GuardSettings d = GuardSettings.defaults();
        return new GuardSettings(
                share,
                d.domainWindow(),
                fences,
                d.fenceWindow(),
                holds,
                d.stormWindow(),
                d.coolDown(),
                d.flapLimit(),
                flapWindow,
                d.healthyPeriod());
    }
}
