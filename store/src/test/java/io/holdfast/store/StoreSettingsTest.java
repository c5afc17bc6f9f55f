package io.holdfast.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class StoreSettingsTest {

    private static final StoreSettings DEFAULTS = StoreSettings.defaults();

    @Test
    void defaultToTheEmbeddedServer() {
        assertThat(DEFAULTS.embedded()).isTrue();
        assertThat(DEFAULTS.poolSize()).isEqualTo(16);
        assertThat(DEFAULTS.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(DEFAULTS.statementTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(DEFAULTS.startTimeout()).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void nameTheKeyTheRangeAndTheValue() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withConnectTimeout(Duration.ofMillis(5)))
                .withMessage("store.connect-timeout must be between 250ms and 60s, is 5ms");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StoreSettings(
                        null, null, null, 1, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5), null))
                .withMessage("store.pool-size must be between 2 and 50, is 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withExternal(URI.create("jdbc:mysql://h/d"), "u", null))
                .withMessageContaining("jdbc:mysql://h/d");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withExternal(URI.create("jdbc:postgresql://h/d"), "", null))
                .withMessageContaining("store.user");
    }

    @Test
    void refuseASecretInTheUrlWithoutRepeatingIt() {
        for (String url : new String[] {
            "jdbc:postgresql://h/d?password=hidden",
            "jdbc:postgresql://u:hidden@h/d",
            "jdbc:postgresql://h?PASSWORD=hidden"
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> DEFAULTS.withExternal(URI.create(url), "u", null))
                    .withMessageContaining("store.password-file")
                    .matches(e -> !String.valueOf(e.getMessage()).contains("hidden"));
        }
    }
}
