package io.holdfast.placement.store;

import io.holdfast.compute.store.Jdbc;
import io.holdfast.compute.store.StoredStocks;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.PlacementException.Problem;
import io.holdfast.placement.StandardWords;
import io.holdfast.placement.Words;
import io.holdfast.store.Store;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.Session;

/** {@link Words}: those that everybody knows, and tables {@code custom_resource_class} and {@code custom_trait}. */
public final class StoredWords implements Words {

    /** Of each kind. */
    static final int CUSTOM_MAX = 10_000;

    private static final Kind CLASS = new Kind(
            "custom_resource_class",
            "provider_inventory",
            "resource_class",
            "resource class",
            StandardWords.RESOURCE_CLASSES);
    private static final Kind TRAIT =
            new Kind("custom_trait", "provider_trait", "trait", "trait", StandardWords.TRAITS);

    private final Store store;
    private final InstantSource clock;

    public StoredWords(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Set<String> resourceClasses() {
        return store.inTransaction(StoredWords::resourceClasses);
    }

    static Set<String> resourceClasses(Session session) {
        return all(session, CLASS);
    }

    @Override
    public boolean addResourceClass(String name) {
        return add(CLASS, name);
    }

    @Override
    public void renameResourceClass(String name, String newName) {
        store.inTransactionDo(session -> {
            Changes.begin(session);
            requireCustom(session, CLASS, name);
            if (newName.equals(name)) {
                return;
            }
            if (resourceClasses(session).contains(newName)) {
                throw new PlacementException(Problem.DUPLICATE_NAME, "Resource class already exists: " + newName);
            }
            Jdbc.update(session, "update custom_resource_class set name = ? where name = ?", newName, name);
            renameWhereUsed(session, name, newName);
        });
    }

    private void renameWhereUsed(Session session, String name, String newName) {
        List<UUID> offering = Jdbc.list(
                session,
                row -> row.getObject(1, UUID.class),
                "select provider from provider_inventory where resource_class = ?",
                name);
        Changes.lock(session, offering);
        Instant now = clock.instant();
        Jdbc.update(
                session, "update provider_inventory set resource_class = ? where resource_class = ?", newName, name);
        Jdbc.update(
                session,
                "update consumer set generation = generation + 1, updated_at = ?"
                        + " where uuid in (select consumer from allocation where resource_class = ?)",
                now,
                name);
        Jdbc.update(session, "update allocation set resource_class = ? where resource_class = ?", newName, name);
        StoredStocks.renamed(session, name, newName);
        Changes.raise(session, offering, now);
    }

    @Override
    public void deleteResourceClass(String name) {
        delete(CLASS, name);
    }

    @Override
    public Set<String> traits() {
        return store.inTransaction(StoredWords::traits);
    }

    static Set<String> traits(Session session) {
        return all(session, TRAIT);
    }

    @Override
    public Set<String> traitsInUse() {
        return store.inTransaction(session -> new TreeSet<String>(
                Jdbc.list(session, row -> row.getString(1), "select distinct trait from provider_trait")));
    }

    @Override
    public boolean addTrait(String name) {
        return add(TRAIT, name);
    }

    @Override
    public void deleteTrait(String name) {
        delete(TRAIT, name);
    }

    private record Kind(String table, String users, String column, String words, Set<String> standard) {}

    private static Set<String> all(Session session, Kind kind) {
        Set<String> all = new TreeSet<>(kind.standard);
        all.addAll(Jdbc.list(session, row -> row.getString(1), "select name from " + kind.table));
        return all;
    }

    private boolean add(Kind kind, String name) {
        return store.inTransaction(session -> {
            Changes.begin(session);
            Set<String> there = all(session, kind);
            if (there.contains(name)) {
                return false;
            }
            if (there.size() - kind.standard.size() >= CUSTOM_MAX) {
                throw new PlacementException(
                        Problem.LIMIT, "There can be at most " + CUSTOM_MAX + " custom names of this kind.");
            }
            Jdbc.update(session, "insert into " + kind.table + " values (?, ?)", name, clock.instant());
            return true;
        });
    }

    private void delete(Kind kind, String name) {
        store.inTransactionDo(session -> {
            Changes.begin(session);
            requireCustom(session, kind, name);
            requireUnused(session, kind, name);
            Jdbc.update(session, "delete from " + kind.table + " where name = ?", name);
        });
    }

    private static void requireCustom(Session session, Kind kind, String name) {
        if (kind.standard.contains(name)) {
            throw new PlacementException(
                    Problem.INVALID, "Cannot delete or change standard " + kind.words + " " + name + ".");
        }
        if (!all(session, kind).contains(name)) {
            throw new PlacementException(Problem.NOT_FOUND, "No such " + kind.words + ": " + name + ".");
        }
    }

    private static void requireUnused(Session session, Kind kind, String name) {
        if (Jdbc.first(
                        session,
                        row -> row.getInt(1),
                        "select 1 from " + kind.users + " where " + kind.column + " = ? limit 1",
                        name)
                .isPresent()) {
            throw new PlacementException(
                    Problem.CONFLICT, "The " + kind.words + " " + name + " is in use by a resource provider.");
        }
    }
}
