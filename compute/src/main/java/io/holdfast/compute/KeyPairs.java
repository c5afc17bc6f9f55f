package io.holdfast.compute;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Public keys of users. Each verb is durable when it returns; refusals are {@link ComputeException}s. */
public interface KeyPairs {

    /** By name. */
    List<KeyPair> list(String user);

    Optional<KeyPair> find(String user, String name);

    /** CONFLICT when the user has one of that name, LIMIT when it has as many as it may. */
    KeyPair add(KeyPair pair);

    /** NOT_FOUND when there is none. */
    void delete(String user, String name);

    /**
     * @param type {@code ssh} or {@code x509}
     * @param fingerprint as Nova's clients show it
     */
    record KeyPair(String user, String name, String type, String publicKey, String fingerprint, Instant createdAt) {}
}
