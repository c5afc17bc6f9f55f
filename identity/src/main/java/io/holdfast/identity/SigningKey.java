package io.holdfast.identity;

import java.time.Instant;

/** What tokens are signed with. Never printed. */
public final class SigningKey {
    private final int id;
    private final byte[] secret;
    private final Instant madeAt;

    /** @param id 1 to 2,147,483,647; of a newer key larger */
    public SigningKey(int id, byte[] secret, Instant madeAt) {
        this.id = id;
        this.secret = secret.clone();
        this.madeAt = madeAt;
    }

    public int id() {
        return id;
    }

    public byte[] secret() {
        return secret.clone();
    }

    public Instant madeAt() {
        return madeAt;
    }

    @Override
    public String toString() {
        return "key " + id + " of " + madeAt;
    }
}
