package io.holdfast.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Keys that tokens are signed with, and tokens that were revoked. Each call is one transaction. */
public interface TokenBook {

    /**
     * A number that has grown when anything has changed that a token's worth depends on, by whichever controller. Cheap.
     */
    long changes();

    /** How many of them were made through this object or the directory beside it. Never blocks. */
    long changesHere();

    /** All keys that are still good, the newest last. */
    List<SigningKey> keys();

    /**
     * Makes a new key, unless somebody else has made one within {@code age}, and removes those that no good token can be
     * signed with any more.
     *
     * @param fresh the secret for the new key
     * @param age of the newest key at which there is to be a new one
     * @param tokenTime how long a token is good at most
     * @return all keys, the newest last
     */
    List<SigningKey> renew(byte[] fresh, Duration age, Duration tokenTime, Instant now);

    /** Keeps it until the token would have expired. */
    void revoke(UUID audit, Instant expiresAt, Instant now);
}
