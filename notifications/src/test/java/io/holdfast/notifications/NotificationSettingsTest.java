package io.holdfast.notifications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class NotificationSettingsTest {

    @Test
    void theDefaultsAreValidAndDenyThisMachine() {
        assertThat(NotificationSettings.defaults().deniedNetworks()).contains("127.0.0.0/8", "169.254.0.0/16");
        assertThat(NotificationSettings.defaults().allowedNetworks()).isEmpty();
    }

    @Test
    void aValueOutOfRangeIsNamedWithItsRange() {
        NotificationSettings d = NotificationSettings.defaults();
        assertThatThrownBy(() -> new NotificationSettings(
                        Duration.ofMillis(5),
                        d.retryFirst(),
                        d.retryCap(),
                        d.attemptsMax(),
                        d.ageMax(),
                        d.round(),
                        d.inFlightPerWebhook(),
                        d.inFlight(),
                        d.toldQueue(),
                        d.webhooksPerProject(),
                        d.allowedNetworks(),
                        d.deniedNetworks(),
                        d.amqp(),
                        d.retention()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("notifications.timeout must be between 100ms and 60s, is 5ms");
    }

    @Test
    void aNetworkIsALiteralInCidrForm() throws Exception {
        assertThat(Network.parse("10.0.0.0/8").contains(InetAddress.getByName("10.255.1.2")))
                .isTrue();
        assertThat(Network.parse("10.0.0.0/8").contains(InetAddress.getByName("11.0.0.0")))
                .isFalse();
        assertThat(Network.parse("fe80::/10").contains(InetAddress.getByName("febf::1")))
                .isTrue();
        assertThat(Network.parse("192.0.2.7").contains(InetAddress.getByName("192.0.2.7")))
                .isTrue();
        for (String wrong : List.of("", "localhost/8", "10.0.0.0/33", "10.0.0.0/x", "::1/129", "10.0.0.0/-1")) {
            assertThatThrownBy(() -> Network.parse(wrong)).hasMessageContaining("is not a network");
        }
    }
}
