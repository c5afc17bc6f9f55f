package io.holdfast.identity.store;

import io.holdfast.identity.Bootstrap;
import io.holdfast.identity.Directory;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import io.holdfast.identity.Project;
import io.holdfast.identity.Role;
import io.holdfast.identity.TokenBook;
import io.holdfast.identity.User;
import io.holdfast.identity.core.RoleRule;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Store;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The two ports on one database, and how both run their transactions. */
public final class StoredIdentity {

    /** Of all changes, at all controllers. */
    private static final long LOCK = 7346911L;

    private final Store store;
    private final AtomicLong changesHere = new AtomicLong();

    public StoredIdentity(Store store) {
        this.store = store;
    }

    public Directory directory() {
        return new StoredDirectory(this);
    }

    public TokenBook tokens() {
        return new StoredTokenBook(this);
    }

    /** What {@link Bootstrap} needs: all of it in one transaction, or nothing when there is a domain already. */
    public Bootstrap.First first() {
        return (domain, project, user, roles, passwordHash) -> change(sql -> {
            if (sql.one("select 1 from identity_domain", row -> true).isPresent()) {
                return false;
            }
            StoredDirectory.insert(sql, domain);
            Project home = StoredDirectory.insert(
                    sql,
                    new Project(
                            StoredDirectory.newId(),
                            domain.id(),
                            project,
                            "The administrator's project",
                            true,
                            List.of(),
                            Map.of(),
                            Map.of()));
            User admin = StoredDirectory.insert(
                    sql,
                    new User(
                            StoredDirectory.newId(),
                            domain.id(),
                            user,
                            null,
                            null,
                            home.id(),
                            true,
                            Map.of(),
                            Map.of()),
                    passwordHash);
            for (String name : roles) {
                Role role =
                        StoredDirectory.insert(sql, new Role(StoredDirectory.newId(), name, "", Map.of(), Map.of()));
                if (name.equals(RoleRule.ADMIN)) {
                    sql.change(
                            "insert into identity_grant (user_id, project, role) values (?, ?, ?)",
                            admin.id(),
                            home.id(),
                            role.id());
                }
            }
            return true;
        });
    }

    @FunctionalInterface
    interface Work<T> {
        T run(Sql sql) throws SQLException;
    }

    <T> T read(Work<T> work) {
        return store.inTransaction(session -> session.doReturningWork(connection -> work.run(new Sql(connection))));
    }

    /** @throws IdentityException CONFLICT when a name is taken, NOT_FOUND when something that is referred to is gone */
    <T> T change(Work<T> work) {
        try {
            T result = read(sql -> {
                sql.list("select pg_advisory_xact_lock(?)", row -> true, LOCK);
                T changed = work.run(sql);
                sql.change("update identity_change set number = number + 1");
                return changed;
            });
            changesHere.incrementAndGet();
            return result;
        } catch (ConstraintViolated e) {
            String constraint = String.valueOf(e.constraint());
            if (constraint.endsWith("_name") || constraint.endsWith("_pkey")) {
                throw new IdentityException(
                        Kind.CONFLICT, "Conflict occurred attempting to store it: the name is taken already.", e);
            }
            if (constraint.endsWith("_fkey")) {
                throw new IdentityException(Kind.NOT_FOUND, "Could not find what it refers to.", e);
            }
            throw e;
        }
    }

    /** What was changed here is looked at anew at once. */
    long changesHere() {
        return changesHere.get();
    }
}
