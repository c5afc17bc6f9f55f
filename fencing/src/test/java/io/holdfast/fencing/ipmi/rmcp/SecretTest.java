package io.holdfast.fencing.ipmi.rmcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SecretTest {

    @Test
    void isInNoTextOfAnythingThatHoldsIt() {
        Secret secret = Secret.ofPassword("s3cret");
        KeyExchange exchange = new KeyExchange(
                Suite.SUITE_17,
                1,
                2,
                Bytes.of(new byte[16]),
                Bytes.of(new byte[16]),
                Bytes.of(new byte[16]),
                0,
                Bytes.EMPTY);

        assertThat(secret).hasToString("[secret]");
        assertThat(new Login("fencer", secret, secret, Suite.SUITE_3, Privilege.OPERATOR).toString())
                .contains("fencer", "[secret]")
                .doesNotContain("s3cret");
        assertThat(BmcIdentity.of(new BmcIdentity.User("u", secret, Privilege.USER))
                        .withBmcKey(secret)
                        .toString())
                .doesNotContain("s3cret");
        assertThat(exchange.keys(secret)).hasToString("[keys of SUITE_17]");
    }

    @Test
    void isNotRepeatedWhenItIsTooLong() {
        assertThatThrownBy(() -> Secret.ofPassword("123456789012345678901"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a password or K_g has at most 20 bytes");
    }

    @Test
    void endsInZerosThatDoNotCount() {
        Bytes data = Bytes.of(1, 2, 3);

        assertThat(Secret.ofPassword("x").mac(Suite.SUITE_3, data))
                .isEqualTo(Secret.ofKey("x\0\0".getBytes(StandardCharsets.US_ASCII))
                        .mac(Suite.SUITE_3, data))
                .isNotEqualTo(Secret.ofPassword("y").mac(Suite.SUITE_3, data));
    }
}
