package io.holdfast.placement.store;

import io.holdfast.compute.Overcommit;
import io.holdfast.compute.store.Jdbc;
import io.holdfast.placement.InventoryWish;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.PlacementException.Problem;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import io.holdfast.placement.StandardWords;
import io.holdfast.placement.core.OfferRules;
import io.holdfast.store.Store;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link Providers} over tables {@code host} and {@code provider}, and what is kept beside them. */
public final class StoredProviders implements Providers {

    private static final Logger log = LoggerFactory.getLogger(StoredProviders.class);

    /** Besides hosts. All of them are read for one list of candidates. */
    static final int PROVIDERS_MAX = 10_000;

    /** Of a tree. Deeper than any hardware is; every question about a part climbs them. */
    static final int LEVELS_MAX = 32;

    static final int TRAITS_MAX = 500;
    static final int AGGREGATES_MAX = 100;

    private final Store store;
    private final Snapshot snapshot;
    private final Changes changes;
    private final InstantSource clock;

    /** @param disk how much disk is promised for each, as the scheduler's settings say; 0 when disk limits nobody */
    public StoredProviders(Store store, Overcommit overcommit, double disk, InstantSource clock) {
        this.store = store;
        this.snapshot = new Snapshot(overcommit, disk);
        this.changes = new Changes(snapshot);
        this.clock = clock;
    }

    Changes changes() {
        return changes;
    }

    @Override
    public List<Provider> list() {
        return store.inTransaction(session -> {
            // Several statements that shall see the same moment.
            Jdbc.update(session, "set transaction isolation level repeatable read");
            return snapshot.all(session);
        });
    }

    @Override
    public Optional<Provider> find(UUID provider) {
        return store.inTransaction(session -> {
            Jdbc.update(session, "set transaction isolation level repeatable read");
            return snapshot.one(session, provider);
        });
    }

    @Override
    public Provider create(UUID provider, String name, @Nullable UUID parent) {
        Provider made = store.inTransaction(session -> {
            Changes.begin(session);
            requireFree(session, name, null);
            if (snapshot.one(session, provider).isPresent()) {
                throw new PlacementException(
                        Problem.DUPLICATE_NAME, "Conflicting resource provider uuid: " + provider + " already exists.");
            }
            requireParent(session, provider, parent);
            int there = Jdbc.first(session, row -> row.getInt(1), "select count(*) from provider")
                    .orElse(0);
            if (there >= PROVIDERS_MAX) {
                throw new PlacementException(
                        Problem.LIMIT, "There can be at most " + PROVIDERS_MAX + " resource providers besides hosts.");
            }
            Jdbc.update(
                    session,
                    "insert into provider (uuid, name, parent, updated_at) values (?, ?, ?, ?)",
                    provider,
                    name,
                    parent,
                    clock.instant());
            return require(session, provider);
        });
        log.info("resource provider {} {} created", made.uuid(), made.name());
        return made;
    }

    @Override
    public Provider change(UUID provider, String name, Parent wanted, boolean free) {
        return change(provider, null, (session, before) -> {
            UUID parent = switch (wanted) {
                case Parent.Same _ -> before.parent();
                case Parent.None _ -> null;
                case Parent.Of(UUID other) -> other;
            };
            if (before.host()) {
                if (!name.equals(before.name()) || parent != null) {
                    throw ofTheHost(before, "has the name that it introduces itself with, and is a part of nothing");
                }
                return;
            }
            requireFree(session, name, provider);
            UUID old = before.parent();
            if (old != null && !old.equals(parent) && !free) {
                throw new PlacementException(
                        Problem.INVALID,
                        "Unable to save resource provider " + provider
                                + ": re-parenting a provider is not currently allowed.");
            }
            if (!Objects.equals(old, parent)) {
                requireParent(session, provider, parent);
            }
            Jdbc.update(session, "update provider set name = ?, parent = ? where uuid = ?", name, parent, provider);
        });
    }

    @Override
    public void delete(UUID provider) {
        store.inTransactionDo(session -> {
            Changes.begin(session);
            Provider before = changes.locked(session, provider, null);
            if (before.host()) {
                throw ofTheHost(before, "cannot be deleted");
            }
            if (isThere(session, "select 1 from provider where parent = ?", provider)) {
                throw new PlacementException(
                        Problem.PROVIDER_HAS_PARTS,
                        "Unable to delete parent resource provider " + provider + ": It has child resource providers.");
            }
            if (isThere(session, "select 1 from allocation where provider = ?", provider)) {
                throw new PlacementException(
                        Problem.PROVIDER_IN_USE,
                        "Unable to delete resource provider " + provider + ": Resource provider has allocations.");
            }
            for (String table : List.of("provider_inventory", "provider_trait", "provider_aggregate")) {
                Jdbc.update(session, "delete from " + table + " where provider = ?", provider);
            }
            Jdbc.update(session, "delete from provider where uuid = ?", provider);
        });
        log.info("resource provider {} deleted", provider);
    }

    @Override
    public Provider offer(UUID provider, @Nullable Long generation, UnaryOperator<Map<String, InventoryWish>> change) {
        return change(
                provider,
                generation,
                (session, before) -> changes.offer(
                        session,
                        before,
                        change.apply(OfferRules.asWishes(before)),
                        StoredWords.resourceClasses(session)));
    }

    @Override
    public Provider describe(UUID provider, @Nullable Long generation, Set<String> traits) {
        return change(provider, generation, (session, before) -> {
            Set<String> unknown = new HashSet<>(traits);
            unknown.removeAll(StoredWords.traits(session));
            if (!unknown.isEmpty()) {
                throw new PlacementException(Problem.INVALID, "No such trait " + String.join(", ", unknown) + ".");
            }
            if (traits.size() > TRAITS_MAX) {
                throw new PlacementException(
                        Problem.LIMIT, "A resource provider can have at most " + TRAITS_MAX + " traits.");
            }
            Set<String> written = new HashSet<>(traits);
            if (before.host() && written.remove(StandardWords.DISABLED) == before.open()) {
                throw ofTheHost(
                        before,
                        (before.open() ? "takes claims" : "takes no claims") + ", which trait " + StandardWords.DISABLED
                                + " follows; change the compute service");
            }
            Jdbc.update(session, "delete from provider_trait where provider = ?", provider);
            Jdbc.update(
                    session,
                    "insert into provider_trait select ?, * from unnest(?::text[])",
                    provider,
                    written.toArray(String[]::new));
        });
    }

    @Override
    public Provider gather(UUID provider, @Nullable Long generation, Set<UUID> aggregates) {
        return change(provider, generation, (session, before) -> {
            if (aggregates.size() > AGGREGATES_MAX) {
                throw new PlacementException(
                        Problem.LIMIT, "A resource provider can be in at most " + AGGREGATES_MAX + " aggregates.");
            }
            Set<UUID> ofCompute =
                    Set.copyOf(Jdbc.list(session, row -> row.getObject(1, UUID.class), "select uuid from aggregate"));
            for (UUID one : ofCompute) {
                if (before.host()
                        && aggregates.contains(one) != before.aggregates().contains(one)) {
                    throw ofTheHost(
                            before,
                            (aggregates.contains(one) ? "is not in" : "is in") + " compute's aggregate " + one
                                    + "; change the hosts of the aggregate");
                }
            }
            Jdbc.update(session, "delete from provider_aggregate where provider = ?", provider);
            UUID[] written = aggregates.stream()
                    .filter(one -> !before.host() || !ofCompute.contains(one))
                    .toArray(UUID[]::new);
            Jdbc.update(
                    session, "insert into provider_aggregate select ?, * from unnest(?::uuid[])", provider, written);
        });
    }

    /** Part of a change of one provider. */
    private interface Part {
        void make(Session session, Provider before);
    }

    private Provider change(UUID provider, @Nullable Long generation, Part part) {
        return store.inTransaction(session -> {
            Changes.begin(session);
            part.make(session, changes.locked(session, provider, generation));
            Instant now = clock.instant();
            Changes.raise(session, Set.of(provider), now);
            return require(session, provider);
        });
    }

    private Provider require(Session session, UUID provider) {
        return snapshot.one(session, provider).orElseThrow(() -> Changes.unknown(provider));
    }

    private static void requireFree(Session session, String name, @Nullable UUID except) {
        Jdbc.list(
                        session,
                        row -> row.getObject(1, UUID.class),
                        "select uuid from provider where name = ? union all select uuid from host where id = ?",
                        name,
                        name)
                .stream()
                .filter(other -> !other.equals(except))
                .findFirst()
                .ifPresent(other -> {
                    throw new PlacementException(
                            Problem.DUPLICATE_NAME, "Conflicting resource provider name: " + name + " already exists.");
                });
    }

    private static void requireParent(Session session, UUID provider, @Nullable UUID parent) {
        if (parent == null) {
            return;
        }
        if (!isThere(
                session,
                "select 1 from provider where uuid = ? union all select 1 from host where uuid = ?",
                parent,
                parent)) {
            throw new PlacementException(
                    Problem.INVALID,
                    "Unable to save resource provider " + provider + ": parent provider UUID '" + parent
                            + "' does not exist.");
        }
        Map<UUID, UUID> parents = Snapshot.parents(session);
        int above = 0;
        for (UUID at = parent; at != null; at = parents.get(at)) {
            above++;
            if (at.equals(provider)) {
                throw new PlacementException(
                        Problem.INVALID,
                        "Unable to save resource provider " + provider
                                + ": creating loop in the provider tree is not allowed.");
            }
        }
        if (above + levels(provider, parents) > LEVELS_MAX) {
            throw new PlacementException(
                    Problem.LIMIT, "A tree of resource providers can have at most " + LEVELS_MAX + " levels.");
        }
    }

    /** From the provider down to the lowest of its parts; 1 for one without parts. */
    private static int levels(UUID provider, Map<UUID, UUID> parents) {
        int most = 1;
        for (UUID part : parents.keySet()) {
            int level = 1;
            UUID at = part;
            while (at != null && !at.equals(provider)) {
                level++;
                at = parents.get(at);
            }
            if (at != null) {
                most = Math.max(most, level);
            }
        }
        return most;
    }

    private static boolean isThere(Session session, String sql, UUID... values) {
        return Jdbc.first(session, row -> row.getInt(1), sql, (Object[]) values).isPresent();
    }

    private static PlacementException ofTheHost(Provider provider, String why) {
        return new PlacementException(
                Problem.CONFLICT,
                "Resource provider " + provider.uuid() + " is host " + provider.name() + ": it " + why + ".");
    }
}
