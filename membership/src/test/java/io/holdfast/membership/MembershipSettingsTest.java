package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

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
}
