package io.holdfast.identity;

import java.util.Optional;

/** Says whether a token is good. */
public interface TokenVerifier {

    /** Knows no token. */
    TokenVerifier NONE = new TokenVerifier() {
        @Override
        public Optional<Verdict> remembered(String token) {
            return Optional.of(new Verdict.Wrong());
        }

        @Override
        public Verdict ask(String token) {
            return new Verdict.Wrong();
        }

        @Override
        public String loginUrl(String base) {
            return base;
        }
    };

    /** What is known from memory; never blocks. Empty when {@link #ask} has to find it out. */
    Optional<Verdict> remembered(String token);

    /**
     * May block for as long as the database or the other server takes.
     *
     * @throws IdentityException BUSY when it cannot be found out
     * @throws io.holdfast.store.StoreException in the same case
     */
    Verdict ask(String token);

    /**
     * Where a token is to be had.
     *
     * @param base scheme, host and port of this API
     */
    String loginUrl(String base);
}
