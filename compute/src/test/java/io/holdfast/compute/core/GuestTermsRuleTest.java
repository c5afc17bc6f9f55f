package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.GuestDefaults;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.WatchdogAction;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestTermsRuleTest {

    private static final Set<GuestFailure> SHIPPED = GuestDefaults.defaults().restarted();

    @Test
    void whoeverSaysNothingHasTheDeploymentsDefaults() {
        assertThat(GuestTermsRule.resolve(Map.of(), Map.of(), Map.of(), SHIPPED))
                .isEqualTo(GuestTerms.DEFAULT);
        assertThat(GuestTermsRule.resolve(Map.of(), Map.of(), Map.of(), Set.of(GuestFailure.SILENT)))
                .isEqualTo(new GuestTerms(WatchdogAction.DISABLED, Set.of(GuestFailure.SILENT)));
    }

    @ParameterizedTest
    @CsvSource({
        "holdfast:on-guest-panic, holdfast_on_guest_panic, PANICKED",
        "holdfast:on-guest-lost, holdfast_on_guest_lost, LOST",
        "holdfast:on-guest-stop, holdfast_on_guest_stop, STOPPED",
        "holdfast:on-guest-silent, holdfast_on_guest_silent, SILENT",
        "holdfast:on-guest-unhealthy, holdfast_on_guest_unhealthy, UNHEALTHY"
    })
    void theInstanceIsStrongerThanItsFlavorAndThatThanItsImage(String key, String imageKey, GuestFailure failure) {
        Map<String, String> yes = Map.of(key, "automatic");
        Map<String, String> no = Map.of(key, "notify");
        assertThat(restarts(failure, yes, no, Map.of(imageKey, "notify"), Set.of()))
                .isTrue();
        assertThat(restarts(failure, no, yes, Map.of(imageKey, "automatic"), Set.of(failure)))
                .isFalse();
        assertThat(restarts(failure, Map.of(), yes, Map.of(imageKey, "notify"), Set.of()))
                .isTrue();
        assertThat(restarts(failure, Map.of(), Map.of(), Map.of(imageKey, "notify"), Set.of(failure)))
                .isFalse();
        assertThat(restarts(failure, Map.of(), Map.of(), yes, Set.of())).isTrue();
        // Stored by a later release: it says nothing.
        assertThat(restarts(failure, Map.of(key, "later"), yes, Map.of(), Set.of()))
                .isTrue();
    }

    private static boolean restarts(
            GuestFailure failure,
            Map<String, String> metadata,
            Map<String, String> flavor,
            Map<String, String> image,
            Set<GuestFailure> defaults) {
        return GuestTermsRule.resolve(metadata, flavor, image, defaults).restarts(failure);
    }

    @Test
    void ofTheWatchdogTheImageIsStrongerThanTheFlavorAsInNova() {
        assertThat(watchdog(Map.of("hw:watchdog_action", "reset"), Map.of())).isEqualTo(WatchdogAction.RESET);
        assertThat(watchdog(Map.of("hw:watchdog_action", "reset"), Map.of("hw_watchdog_action", "notify")))
                .isEqualTo(WatchdogAction.NOTIFY);
        assertThat(watchdog(Map.of(), Map.of("hw_watchdog_action", "disabled"))).isEqualTo(WatchdogAction.DISABLED);
        assertThat(watchdog(Map.of(), Map.of())).isEqualTo(WatchdogAction.DISABLED);
    }

    private static WatchdogAction watchdog(Map<String, String> flavor, Map<String, String> image) {
        return GuestTermsRule.resolve(Map.of(), flavor, image, SHIPPED).watchdog();
    }

    @ParameterizedTest
    @CsvSource({
        "hw:watchdog_action, explode, 'disabled, reset, poweroff, pause, none, notify'",
        "hw_watchdog_action, RESET, 'is ''RESET'''",
        "holdfast:on-guest-panic, none, automatic or notify",
        "holdfast_on_guest_silent, yes, automatic or notify"
    })
    void aWordThatMeansNothingIsRefusedWhereItIsWritten(String key, String value, String says) {
        assertThatThrownBy(() -> GuestTermsRule.check(Map.of(key, value), "extra spec"))
                .isInstanceOf(ComputeException.class)
                .hasMessageContaining("extra spec " + key)
                .hasMessageContaining(says);
    }

    @Test
    void metadataTakesTheWordsAndRefusesOthers() {
        assertThat(InstanceRules.metadata(Map.of("holdfast:on-guest-stop", "automatic")))
                .hasSize(1);
        assertThatThrownBy(() -> InstanceRules.metadata(Map.of("holdfast:on-guest-stop", "perhaps")))
                .hasMessageContaining("must be automatic or notify");
        assertThatThrownBy(() -> InstanceRules.metadata(Map.of("holdfast:on-guest-nap", "automatic")))
                .hasMessageContaining("holdfast:on-guest-stop");
    }
}
