package io.holdfast.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.identity.TokenVerifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TokensTest {

    private static final String GOOD = "the-right-token";
    private static final String FAR = "192.0.2.7";

    private final AtomicLong now = new AtomicLong(-5);
    private Tokens tokens;

    @BeforeEach
    void know() throws Exception {
        byte[] salt = new byte[16];
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(salt);
        String hash = "sha256:" + HexFormat.of().formatHex(salt) + ":"
                + HexFormat.of().formatHex(sha256.digest(GOOD.getBytes(StandardCharsets.UTF_8)));
        tokens = new Tokens(List.of(new Token("ann", Role.MEMBER, "blue", hash)), TokenVerifier.NONE, 3, now::get);
    }

    @Test
    void anAddressThatWasWrongTooOftenIsRefusedUnheardUntilItsMinuteIsOver() {
        for (int i = 0; i < 3; i++) {
            assertThat(status("wrong", FAR)).isEqualTo(401);
        }
        assertThat(status("wrong", FAR)).isEqualTo(429);
        assertThat(status(GOOD, FAR)).isEqualTo(429);
        assertThat(status(GOOD, "192.0.2.8")).isEqualTo(200);

        now.addAndGet(Duration.ofSeconds(60).toNanos());
        assertThat(status(GOOD, FAR)).isEqualTo(429);
        now.addAndGet(1);
        assertThat(status(GOOD, FAR)).isEqualTo(200);
        assertThat(status("wrong", FAR)).isEqualTo(401);
    }

    @Test
    void loopbackAddressesAreNotCountedNorIsAMissingToken() {
        for (int i = 0; i < 20; i++) {
            assertThat(status("wrong", "127.0.0.1")).isEqualTo(401);
            assertThat(status("wrong", "::1")).isEqualTo(401);
            assertThat(status(null, FAR)).isEqualTo(401);
        }
        assertThat(status(GOOD, "127.0.0.1")).isEqualTo(200);
        assertThat(status(GOOD, FAR)).isEqualTo(200);
    }

    @Test
    void aFloodOfAddressesForgetsTheOldestAndStaysBounded() {
        for (int i = 0; i < 3; i++) {
            assertThat(status("wrong", FAR)).isEqualTo(401);
        }
        for (int i = 0; i < 10_000; i++) {
            assertThat(status("wrong", "2001:db8::" + Integer.toHexString(i))).isEqualTo(401);
        }
        assertThat(status(GOOD, FAR)).isEqualTo(200);
    }

    private int status(@org.jspecify.annotations.Nullable String token, String address) {
        ApiFault fault = catchThrowableOfType(ApiFault.class, () -> {
            Caller caller = tokens.require(token, address);
            assertThat(caller.name()).isEqualTo("ann");
        });
        return fault == null ? 200 : fault.status();
    }
}
