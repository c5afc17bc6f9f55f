package io.holdfast.identity;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a token says.
 *
 * @param audit names this token in journals, and when it is revoked
 * @param parent the token at the beginning of the chain that this one was made from; null for a login
 * @param user id
 * @param generation of the user when it was made: a later one ends it
 * @param methods how the user has shown who it is, in this token's chain
 * @param appCredential id of the one that was shown; null for none
 * @param issuedAt whole milliseconds
 * @param expiresAt whole milliseconds
 */
public record Claims(
        UUID audit,
        @Nullable UUID parent,
        String user,
        int generation,
        Set<Method> methods,
        Scope scope,
        @Nullable String appCredential,
        Instant issuedAt,
        Instant expiresAt) {

    public Claims {
        methods = Set.copyOf(methods);
    }

    /** How somebody shows who they are. */
    public enum Method {
        PASSWORD("password", 1),
        TOKEN("token", 2),
        APP_CREDENTIAL("application_credential", 4);

        private final String word;
        private final int bit;

        Method(String word, int bit) {
            this.word = word;
            this.bit = bit;
        }

        /** Stands for it in tokens. */
        public int bit() {
            return bit;
        }

        public String word() {
            return word;
        }
    }
}
