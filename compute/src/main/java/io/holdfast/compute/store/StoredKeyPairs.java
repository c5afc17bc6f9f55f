package io.holdfast.compute.store;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.KeyPairs;
import io.holdfast.compute.Quotas.Resource;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.store.Store;
import java.util.List;
import java.util.Optional;

/** Table {@code key_pair}. */
final class StoredKeyPairs implements KeyPairs {

    private static final Jdbc.Reader<KeyPair> READER = row -> new KeyPair(
            row.getString("user_name"),
            row.getString("name"),
            row.getString("type"),
            row.getString("public_key"),
            row.getString("fingerprint"),
            Jdbc.instant(row, "created_at"));

    private final Store store;

    StoredKeyPairs(Store store) {
        this.store = store;
    }

    @Override
    public List<KeyPair> list(String user) {
        return store.inTransaction(session ->
                Jdbc.list(session, READER, "select * from key_pair where user_name = ? order by name", user));
    }

    @Override
    public Optional<KeyPair> find(String user, String name) {
        return store.inTransaction(session ->
                Jdbc.first(session, READER, "select * from key_pair where user_name = ? and name = ?", user, name));
    }

    @Override
    public KeyPair add(KeyPair pair) {
        InstanceRules.text(pair.name(), "key pair name");
        InstanceRules.text(pair.publicKey(), "public key");
        store.inTransactionDo(session -> {
            Jdbc.serialize(session, "key_pair " + pair.user());
            // Key pairs are a user's, and users have no limits of their own: the default is everybody's.
            int limit = StoredQuotas.of(StoredQuotas.limits(session, null), Resource.KEY_PAIRS);
            int have = Jdbc.first(
                            session,
                            row -> row.getInt(1),
                            "select count(*) from key_pair where user_name = ?",
                            pair.user())
                    .orElse(0);
            if (limit >= 0 && have >= limit) {
                throw new ComputeException(Kind.LIMIT, "Quota exceeded, too many key pairs.");
            }
            int added = Jdbc.update(
                    session,
                    "insert into key_pair (user_name, name, type, public_key, fingerprint, created_at)"
                            + " values (?, ?, ?, ?, ?, ?) on conflict do nothing",
                    pair.user(),
                    pair.name(),
                    pair.type(),
                    pair.publicKey(),
                    pair.fingerprint(),
                    pair.createdAt());
            if (added == 0) {
                throw new ComputeException(Kind.CONFLICT, "Key pair '" + pair.name() + "' already exists.");
            }
        });
        return pair;
    }

    @Override
    public void delete(String user, String name) {
        store.inTransactionDo(session -> {
            if (Jdbc.update(session, "delete from key_pair where user_name = ? and name = ?", user, name) == 0) {
                throw new ComputeException(Kind.NOT_FOUND, "Keypair " + name + " not found for user " + user);
            }
        });
    }
}
