package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MembershipSettingsTest {

    @Test
    void theDefaultsTellTheOwnerWithinASecond() {
        MembershipSettings defaults = MembershipSettings.defaults();

        Duration worst = defaults.heartbeatTimeout()
                .plus(defaults.heartbeatInterval().multipliedBy(2))
                .plus(defaults.verifyTimeout());

        assertThat(worst).isLessThanOrEqualTo(Duration.ofMillis(700));
    }

    @Test
    void refusesAnAddressThatNobodyCanCall() {
        assertThatThrownBy(() -> MembershipSettings.defaults().at(null, "0.0.0.0", 2181, 7800))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("membership.bind-address");
    }

    @Test
    void refusesAPortOutOfRange() {
        assertThatThrownBy(() -> MembershipSettings.defaults().at(null, "127.0.0.1", 70_000, 7800))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("membership.zookeeper-port must be between 0 and 65535, is 70000");
    }

    @Test
    void namesKeyRangeAndValueOfADurationOutOfRange() {
        assertThatThrownBy(() -> MembershipSettings.defaults().withGrace(Duration.ofMillis(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("membership.grace must be between 1s and 600s, is 5ms");
    }

    @Test
    void refusesAGroupAddressWithoutAPort() {
        assertThatThrownBy(() -> GroupAddress.parse("controller-1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("host:port");
        assertThat(GroupAddress.parse("[::1]:7800")).hasToString("[::1]:7800");
    }

    @Test
    void anOldFileHasOneNetwork() {
        assertThat(MembershipSettings.defaults()
                        .at(null, "192.0.2.10", 2181, 7900)
                        .everyNetwork())
                .isEqualTo(Map.of(Network.MANAGEMENT, new NetworkSettings("192.0.2.10", 7900, List.of())));
    }

    @Test
    void managementIsNamedByTheOldKeysAlone() {
        assertThatThrownBy(() -> with("management", at("192.0.2.10", 7800)))
                .hasMessageContaining("membership.networks must not hold management");
    }

    @Test
    void namesTheNetworkWhoseSettingIsWrong() {
        assertThatThrownBy(() -> with("storage", at("0.0.0.0", 7800)))
                .hasMessage("membership.networks.storage.bind-address must be one concrete address that peers can call,"
                        + " is '0.0.0.0'");
        assertThatThrownBy(() -> with("storage", at("192.0.2.10", 70_000)))
                .hasMessage("membership.networks.storage.group-port must be between 0 and 65535, is 70000");
        assertThatThrownBy(() -> with("storage", new NetworkSettings("192.0.2.10", 7800, List.of("h2"))))
                .hasMessageContaining("membership.networks.storage.group-hosts: must be host:port");
        assertThatThrownBy(() -> with("Storage", at("192.0.2.10", 7800))).hasMessageContaining("a network's name");
    }

    @Test
    void twoNetworksCannotHaveOnePlace() {
        assertThatThrownBy(() -> with("storage", at("127.0.0.1", 7800)))
                .hasMessage("membership.networks.storage.bind-address must be another address, or group-port another"
                        + " port, than that of membership.bind-address: both are 127.0.0.1 port 7800");
        assertThat(with("storage", at("127.0.0.1", 7811)).everyNetwork()).hasSize(2);
        assertThat(with("storage", at("127.0.0.1", 0)).everyNetwork()).hasSize(2);
        assertThat(with("storage", NetworkSettings.defaults()).everyNetwork()).hasSize(2);
    }

    @ParameterizedTest(name = "{0} of {1} and {2}: {3}")
    @CsvSource({
        "9, 10, 3, ",
        "1, 1, 1, ",
        "11, 10, 3, high-mark must be between 4 and 10",
        "3, 10, 3, high-mark must be between 4 and 10",
        "9, 10, 0, low-mark must be between 1 and 10",
        "9, 65, 3, observers must be between 1 and 64"
    })
    void theMarksMustMakeSense(int high, int observers, int low, @Nullable String refusal) {
        ThrowableAssert.ThrowingCallable made = () -> new CutSettings(
                observers, high, low, Duration.ofMillis(500), Duration.ofMillis(1500), Duration.ZERO, 3);
        if (refusal == null) {
            assertThatCode(made).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(made).hasMessageContaining("membership.cut." + refusal);
        }
    }

    @Test
    void aReportMayBeLateOnceBeforeItIsNothing() {
        assertThatThrownBy(() ->
                        new CutSettings(10, 9, 3, Duration.ofMillis(500), Duration.ofMillis(999), Duration.ZERO, 3))
                .hasMessage("membership.cut.report-time must be between 1000 ms and 60000 ms, is 999 ms");
        assertThatThrownBy(() ->
                        new CutSettings(10, 9, 3, Duration.ofMillis(500), Duration.ofMillis(1500), Duration.ZERO, 9))
                .hasMessageContaining("membership.cut.score-limit");
    }

    private static NetworkSettings at(String address, int port) {
        return new NetworkSettings(address, port, List.of());
    }

    private static MembershipSettings with(String network, NetworkSettings at) {
        return MembershipSettings.defaults().withNetworks(Map.of(new Network(network), at));
    }
}
