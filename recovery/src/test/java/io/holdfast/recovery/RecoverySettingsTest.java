package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecoverySettingsTest {

    private final RecoverySettings defaults = RecoverySettings.defaults();

    @Test
    void theDefaultsAreThese() {
        assertThat(defaults.fenceAttempts()).isEqualTo(3);
        assertThat(defaults.fenceDeadline()).hasSeconds(15);
        assertThat(defaults.operatorRetry()).hasSeconds(30);
        assertThat(defaults.condemnShare()).isEqualTo(0.5);
        assertThat(defaults.startTimeout()).hasMinutes(1);
        assertThat(defaults.maxStartsPerDestination()).isEqualTo(4);
    }

    @Test
    void aValueOutOfRangeNamesTheKeyTheRangeAndTheValue() {
        assertThatThrownBy(() -> with(0, defaults.operatorRetry(), 0.5))
                .hasMessage("recovery.fence-attempts must be between 1 and 20, is 0");
        assertThatThrownBy(() -> with(3, Duration.ofMillis(5), 0.5))
                .hasMessage("recovery.operator-retry must be between 1s and 1h, is 5ms");
        assertThatThrownBy(() -> with(3, defaults.operatorRetry(), Double.NaN))
                .hasMessageContaining("recovery.condemn-share");
    }

    @Test
    void whatProvesSomethingProvesItForSoLong() {
        assertThat(defaults.proofs()).isEqualTo(new ProofSettings(Duration.ofSeconds(30), Duration.ofSeconds(15)));
        assertThatThrownBy(() -> new ProofSettings(Duration.ofMillis(900), Duration.ofSeconds(15)))
                .hasMessage("recovery.proofs.word-holds must be between 1s and 10m, is 900ms");
        assertThatThrownBy(() -> new ProofSettings(Duration.ofSeconds(30), Duration.ofSeconds(4)))
                .hasMessage("recovery.proofs.lease-outlives must be between 5s and 10m, is 4s");
    }

    @Test
    void relationsBetweenValuesAreChecked() {
        RecoverySettings d = defaults;
        assertThatThrownBy(() -> new RecoverySettings(
                        3,
                        d.fenceDeadline(),
                        d.fenceBackoff(),
                        d.operatorRetry(),
                        4,
                        0.5,
                        d.holdRecheck(),
                        d.holdEscalation(),
                        3,
                        d.startTimeout(),
                        d.retryBackoff(),
                        d.replanInterval(),
                        Duration.ofSeconds(30),
                        4,
                        32,
                        d.callDeadline(),
                        d.callBackoff(),
                        d.scanInterval(),
                        d.guards(),
                        d.proofs(),
                        d.unfence(),
                        d.instances()))
                .hasMessage("recovery.instance-deadline must not be shorter than recovery.start-timeout (1m), is 30s");
        assertThatThrownBy(() -> new RecoverySettings(
                        3,
                        d.fenceDeadline(),
                        d.fenceBackoff(),
                        d.operatorRetry(),
                        4,
                        0.5,
                        d.holdRecheck(),
                        d.holdEscalation(),
                        3,
                        d.startTimeout(),
                        d.retryBackoff(),
                        d.replanInterval(),
                        d.instanceDeadline(),
                        4,
                        3,
                        d.callDeadline(),
                        d.callBackoff(),
                        d.scanInterval(),
                        d.guards(),
                        d.proofs(),
                        d.unfence(),
                        d.instances()))
                .hasMessageContaining("recovery.max-starts-total must not be smaller");
    }

    @Test
    void howPowerComesBackIsBounded() {
        UnfenceSettings d = UnfenceSettings.defaults();
        assertThat(d.policy()).isEqualTo(UnfenceSettings.Policy.LEAVE_OFF);
        assertThat(d.afterWord()).isFalse();
        assertThatThrownBy(() -> new UnfenceSettings(
                        d.policy(), Duration.ofHours(25), 3, d.backoff(), d.rejoinDeadline(), false, false, Map.of()))
                .hasMessage("recovery.unfence.after must be between 0ms and 24h, is 25h");
        assertThatThrownBy(() -> new UnfenceSettings(
                        d.policy(), d.after(), 0, d.backoff(), d.rejoinDeadline(), false, false, Map.of()))
                .hasMessage("recovery.unfence.attempts must be between 1 and 20, is 0");
        assertThatThrownBy(() -> new UnfenceSettings(
                        d.policy(), d.after(), 3, Duration.ofMillis(900), d.rejoinDeadline(), false, false, Map.of()))
                .hasMessage("recovery.unfence.backoff must be between 1s and 5m, is 900ms");
        assertThatThrownBy(() -> new UnfenceSettings(
                        d.policy(), d.after(), 3, d.backoff(), Duration.ofHours(3), false, false, Map.of()))
                .hasMessage("recovery.unfence.rejoin-deadline must be between 30s and 2h, is 3h");
    }

    private static UnfenceSettings west(String name, UnfenceSettings.OfSegment own) {
        return new UnfenceSettings(
                UnfenceSettings.Policy.POWER_ON,
                Duration.ofMinutes(7),
                3,
                Duration.ofSeconds(15),
                Duration.ofMinutes(10),
                true,
                true,
                Map.of(name, own));
    }

    @Test
    void aSegmentHasItsOwnPolicyWholeAndTheOthersHaveTheOneOfAll() {
        UnfenceSettings settings = west("west", UnfenceSettings.OfSegment.defaults());
        assertThat(settings.of(SegmentId.of("west")))
                .isEqualTo(
                        new UnfenceSettings.OfSegment(UnfenceSettings.Policy.LEAVE_OFF, Duration.ZERO, false, false));
        assertThat(settings.of(SegmentId.of("east")))
                .isEqualTo(new UnfenceSettings.OfSegment(
                        UnfenceSettings.Policy.POWER_ON, Duration.ofMinutes(7), true, true));
        assertThat(UnfenceSettings.defaults().of(SegmentId.of("west"))).isEqualTo(UnfenceSettings.OfSegment.defaults());
    }

    @Test
    void aSegmentsPolicyIsBoundedAndItsNameIsOne() {
        assertThatThrownBy(() -> west("no segment!", UnfenceSettings.OfSegment.defaults()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new UnfenceSettings.OfSegment(
                        UnfenceSettings.Policy.POWER_ON, Duration.ofHours(25), false, false))
                .hasMessage("recovery.unfence.segments.*.after must be between 0ms and 24h, is 25h");
    }

    private RecoverySettings with(int attempts, Duration operatorRetry, double share) {
        RecoverySettings d = defaults;
        return new RecoverySettings(
                attempts,
                d.fenceDeadline(),
                d.fenceBackoff(),
                operatorRetry,
                4,
                share,
                d.holdRecheck(),
                d.holdEscalation(),
                3,
                d.startTimeout(),
                d.retryBackoff(),
                d.replanInterval(),
                d.instanceDeadline(),
                4,
                32,
                d.callDeadline(),
                d.callBackoff(),
                d.scanInterval(),
                d.guards(),
                d.proofs(),
                d.unfence(),
                d.instances());
    }
}
