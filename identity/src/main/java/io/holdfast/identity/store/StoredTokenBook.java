package io.holdfast.identity.store;

import io.holdfast.identity.SigningKey;
import io.holdfast.identity.TokenBook;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/** Tables {@code identity_key}, {@code identity_revocation} and {@code identity_change}. */
final class StoredTokenBook implements TokenBook {

    private static final String KEYS = "select id, secret, made_at from identity_key order by id";

    private final StoredIdentity identity;

    StoredTokenBook(StoredIdentity identity) {
        this.identity = identity;
    }

    @Override
    public long changes() {
        return identity.read(sql -> sql.one("select number from identity_change", row -> row.getLong(1))
                .orElseThrow(() -> new IllegalStateException("identity_change has lost its row")));
    }

    @Override
    public long changesHere() {
        return identity.changesHere();
    }

    @Override
    public List<SigningKey> keys() {
        return identity.read(sql -> sql.list(KEYS, StoredTokenBook::key));
    }

    @Override
    public List<SigningKey> renew(byte[] fresh, Duration age, Duration tokenTime, Instant now) {
        return identity.change(sql -> {
            List<SigningKey> known = sql.list(KEYS, StoredTokenBook::key);
            if (known.isEmpty() || !known.getLast().madeAt().plus(age).isAfter(now)) {
                int id = known.isEmpty() ? 1 : known.getLast().id() + 1;
                sql.change("insert into identity_key (id, secret, made_at) values (?, ?, ?)", id, fresh, now);
                // A key has signed until the next one was made.
                sql.change(
                        "delete from identity_key k where (select min(n.made_at) from identity_key n where n.id > k.id)"
                                + " < ?::timestamptz",
                        now.minus(tokenTime));
            }
            return sql.list(KEYS, StoredTokenBook::key);
        });
    }

    @Override
    public void revoke(UUID audit, Instant expiresAt, Instant now) {
        identity.change(sql -> {
            sql.change("delete from identity_revocation where expires_at < ?", now);
            return sql.change(
                    "insert into identity_revocation (audit, expires_at) values (?, ?) on conflict do nothing",
                    audit,
                    expiresAt);
        });
    }

    private static SigningKey key(ResultSet row) throws SQLException {
        return new SigningKey(
                row.getInt("id"),
                row.getBytes("secret"),
                Objects.requireNonNull(Sql.instant(row, "made_at"), "the column is not null"));
    }
}
