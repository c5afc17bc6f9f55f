package io.holdfast.secrets;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The master keys of a process, in their order: the first encrypts, all decrypt.
 *
 * <p>So a key is rotated without a moment in which something cannot be read: put the new key first, encrypt every file anew
 * with it, take the old key away.
 */
public final class Keyring {

    private static final Keyring EMPTY = new Keyring(List.of());

    private final Map<String, MasterKey> keys;

    private Keyring(List<MasterKey> keys) {
        Map<String, MasterKey> byId = new LinkedHashMap<>();
        keys.forEach(each -> byId.putIfAbsent(each.id(), each));
        this.keys = byId;
    }

    public static Keyring empty() {
        return EMPTY;
    }

    /** @param keys one that comes twice counts once */
    public static Keyring of(List<MasterKey> keys) {
        return new Keyring(keys);
    }

    /** The one that new secrets are sealed with. */
    public Optional<MasterKey> first() {
        return keys.values().stream().findFirst();
    }

    Optional<MasterKey> find(String id) {
        return Optional.ofNullable(keys.get(id));
    }

    /** In order; no secrets. */
    public List<String> ids() {
        return List.copyOf(keys.keySet());
    }

    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /** This one's keys before the other's. */
    Keyring and(Keyring other) {
        List<MasterKey> all = new ArrayList<>(keys.values());
        all.addAll(other.keys.values());
        return new Keyring(all);
    }

    @Override
    public String toString() {
        return "keys " + keys.keySet();
    }
}
