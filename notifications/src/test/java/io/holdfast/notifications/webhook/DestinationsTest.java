package io.holdfast.notifications.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.notifications.Network;
import io.holdfast.notifications.NotificationSettings;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationsTest {

    private final List<Network> denied = NotificationSettings.defaults().deniedNetworks().stream()
            .map(Network::parse)
            .toList();
    private final Destinations destinations = new Destinations(List.of(), denied);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://198.51.100.1/x",
                "/relative",
                "http:///nohost",
                "http://user@198.51.100.1/",
                "http://h/#f",
                "http://127.0.0.1/",
                "http://127.9.9.9:8080/x",
                "http://169.254.169.254/latest/meta-data",
                "http://[::1]/",
                "http://[fe80::1]/",
                "http://0.0.0.0/",
                "http://[::ffff:127.0.0.1]/",
                "http://198.51.100.1:0/",
                "http://198.51.100.1:70000/"
            })
    void refusesWhatIsNotAWebhookAddress(String url) {
        assertThatThrownBy(() -> destinations.requireAcceptable(URI.create(url)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://10.1.2.3/x", "https://owner.example:8443/a?b=c", "http://[fd00::1]:80/"})
    void takesOrdinaryOnes(String url) {
        assertThatCode(() -> destinations.requireAcceptable(URI.create(url))).doesNotThrowAnyException();
    }

    @Test
    void aNameThatPointsToThisMachineIsRefusedWhenItIsLookedUp() {
        assertThatThrownBy(() -> destinations.resolve(URI.create("http://localhost/")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed-networks");
    }

    @Test
    void anOperatorCanAllowLoopback() {
        Destinations open = new Destinations(List.of(Network.parse("127.0.0.0/8")), denied);
        assertThatCode(() -> open.requireAcceptable(URI.create("http://127.0.0.1:9000/")))
                .doesNotThrowAnyException();
    }

    @Test
    void aSignatureIsGoodForItsBodyItsSecretAndItsTime() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        byte[] body = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        String header = Signature.sign("0123456789abcdef", now, body);
        Duration tolerance = Duration.ofMinutes(5);
        assertThat(header).matches("t=1767225600,v1=[0-9a-f]{64}");
        assertThat(Signature.verify("0123456789abcdef", header, body, now, tolerance))
                .isTrue();
        assertThat(Signature.verify("0123456789abcdeF", header, body, now, tolerance))
                .isFalse();
        assertThat(Signature.verify("0123456789abcdef", header, new byte[] {1}, now, tolerance))
                .isFalse();
        assertThat(Signature.verify("0123456789abcdef", header, body, now.plusSeconds(301), tolerance))
                .isFalse();
        assertThat(Signature.verify("0123456789abcdef", "nonsense", body, now, tolerance))
                .isFalse();
    }
}
