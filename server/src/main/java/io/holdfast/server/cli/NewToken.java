package io.holdfast.server.cli;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * A token that was just made: the secret for its owner, the hash for the controller's settings.
 *
 * @param token 256 random bits in URL-safe letters; shown once, kept by its owner
 * @param hash what {@code api.tokens} takes
 */
public record NewToken(String token, String hash) {

    public static NewToken random() {
        SecureRandom random = new SecureRandom();
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        byte[] salt = new byte[16];
        random.nextBytes(salt);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        return new NewToken(token, TokenCommand.hash(salt, token));
    }

    /** Without the secret: records end up in logs. */
    @Override
    public String toString() {
        return "NewToken[" + hash + "]";
    }
}
