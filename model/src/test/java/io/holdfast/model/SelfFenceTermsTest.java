package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SelfFenceTermsTest {

    private static final String SLOT = ";slot=00000000-0000-0001-0000-000000000002";

    private static final SelfFenceTerms TERMS =
            new SelfFenceTerms("/dev/watchdog0", Duration.ofSeconds(3), Duration.ofMillis(1500), new UUID(1, 2));

    @Test
    void areReadAsTheyWereSaid() {
        assertThat(SelfFenceTerms.parse(TERMS.toString())).isEqualTo(TERMS);
        assertThat(SelfFenceTerms.parse("colour=red;" + TERMS + ";later=1")).isEqualTo(TERMS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "watchdog=/dev/watchdog",
                "watchdog=dev;timeout-ms=3000;licence-ms=2000" + SLOT,
                "watchdog=/dev/watchdog;timeout-ms=999;licence-ms=2000" + SLOT,
                "watchdog=/dev/watchdog;timeout-ms=3000;licence-ms=99" + SLOT,
                "watchdog=/dev/watchdog;timeout-ms=x;licence-ms=2000" + SLOT,
                "watchdog=/dev/watchdog;timeout-ms=3000;licence-ms=2000;slot=one"
            })
    void areNotGuessed(String text) {
        assertThatThrownBy(() -> SelfFenceTerms.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
