package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdmissionSettingsTest {

    @Test
    void whatIsOutOfRangeIsRefusedByItsName() {
        AdmissionSettings usual = AdmissionSettings.defaults();
        assertThatThrownBy(() -> usual.with(AdmissionMode.WARN, 3))
                .hasMessage("admission: tolerate must be between 0 and 2, is 3");
        assertThatThrownBy(() -> new AdmissionSettings.Policy(AdmissionMode.WARN, -1))
                .hasMessage("admission: tolerate must be between 0 and 2, is -1");
        assertThatThrownBy(() -> of(Duration.ofMillis(999), Duration.ZERO))
                .hasMessageStartingWith("admission.look-interval must be between");
        assertThatThrownBy(() -> of(Duration.ofSeconds(1), Duration.ofHours(2)))
                .hasMessageStartingWith("admission.steady-for must be between");
        assertThatThrownBy(() -> new AdmissionSettings(
                        AdmissionMode.OFF,
                        1,
                        Duration.ofSeconds(1),
                        Duration.ZERO,
                        Map.of("no segment!", AdmissionSettings.Policy.defaults())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void somebodyLooksWhereSomethingIsPromisedAndAdmissionIsOn() {
        AdmissionSettings off = AdmissionSettings.defaults();
        assertThat(off.looks()).isFalse();
        assertThat(off.with(AdmissionMode.WARN, 0).looks()).isFalse();
        assertThat(off.with(AdmissionMode.WARN, 1).looks()).isTrue();
        AdmissionSettings west = new AdmissionSettings(
                AdmissionMode.OFF,
                1,
                off.lookInterval(),
                off.steadyFor(),
                Map.of("west", new AdmissionSettings.Policy(AdmissionMode.ENFORCE, 2)));
        assertThat(west.looks()).isTrue();
        assertThat(west.of(SegmentId.of("west")).tolerate()).isEqualTo(2);
        assertThat(west.of(SegmentId.of("east")).looks()).isFalse();
    }

    private static AdmissionSettings of(Duration look, Duration steady) {
        return new AdmissionSettings(AdmissionMode.OFF, 1, look, steady, Map.of());
    }
}
