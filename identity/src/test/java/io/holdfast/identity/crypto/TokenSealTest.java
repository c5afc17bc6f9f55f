package io.holdfast.identity.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.identity.Claims;
import io.holdfast.identity.Claims.Method;
import io.holdfast.identity.Scope;
import io.holdfast.identity.SigningKey;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TokenSealTest {

    private static final String ID = "0123456789abcdef0123456789abcdef";
    private static final Instant THEN = Instant.ofEpochMilli(1_900_000_000_123L);
    private static final SigningKey KEY = new SigningKey(7, new byte[32], THEN);

    private static Claims claims(Scope scope, @Nullable UUID parent, @Nullable String credential) {
        return new Claims(
                new UUID(1, 2),
                parent,
                ID,
                3,
                Set.of(Method.PASSWORD, Method.TOKEN),
                scope,
                credential,
                THEN,
                THEN.plusSeconds(60));
    }

    @Test
    void whatIsSignedIsReadAgainAndShort() {
        for (Scope scope : List.of(new Scope.Unscoped(), new Scope.OnProject(ID), new Scope.OnDomain("default"))) {
            for (Claims claims : List.of(claims(scope, null, null), claims(scope, new UUID(5, -6), ID))) {
                String token = TokenSeal.sign(claims, KEY);
                assertThat(token.length()).isLessThanOrEqualTo(192);
                TokenSeal.Unverified read = TokenSeal.read(token).orElseThrow();
                assertThat(read.key()).isEqualTo(7);
                assertThat(read.verified(KEY)).hasValue(claims);
            }
        }
    }

    @Test
    void nothingThatDiffersInAnythingIsTaken() {
        String token = TokenSeal.sign(claims(new Scope.OnProject(ID), null, null), KEY);
        byte[] bytes = Base64.getUrlDecoder().decode(token);
        for (int i = 0; i < bytes.length * 8; i++) {
            byte[] other = bytes.clone();
            other[i / 8] ^= (byte) (1 << (i % 8));
            String forged = Base64.getUrlEncoder().withoutPadding().encodeToString(other);
            assertThat(TokenSeal.read(forged).flatMap(read -> read.verified(KEY)))
                    .as("bit " + i)
                    .isEmpty();
        }
        for (int length = 0; length < token.length(); length++) {
            assertThat(TokenSeal.read(token.substring(0, length)).flatMap(read -> read.verified(KEY)))
                    .isEmpty();
        }
        assertThat(TokenSeal.read(token + "=")).isEmpty();
        assertThat(TokenSeal.read(token + "\n")).isEmpty();
        assertThat(TokenSeal.read("x".repeat(100_000))).isEmpty();
        byte[] secret = new byte[32];
        secret[0] = 1;
        assertThat(TokenSeal.read(token).orElseThrow().verified(new SigningKey(7, secret, THEN)))
                .isEmpty();
        assertThat(KEY).hasToString("key 7 of " + THEN);
    }
}
