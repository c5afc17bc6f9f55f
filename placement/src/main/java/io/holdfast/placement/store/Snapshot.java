package io.holdfast.placement.store;

import io.holdfast.compute.Overcommit;
import io.holdfast.compute.store.Jdbc;
import io.holdfast.compute.store.StoredStocks;
import io.holdfast.placement.Inventory;
import io.holdfast.placement.Provider;
import io.holdfast.placement.StandardWords;
import io.holdfast.placement.core.OfferRules;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Providers as they are within one transaction.
 *
 * @param disk how much disk is promised for each; 0 when disk limits nobody
 */
record Snapshot(Overcommit overcommit, double disk) {

    /** When a host takes claims; the same conditions as every claim's. */
    private static final String OPEN =
            "state = 'SERVING' and enabled and not forced_down and maintenance is null" + " and quarantine is null";

    /** A host may join under any name; what had that name before is told apart from then on. */
    private static final String OTHER =
            "select *, exists (select 1 from host h where h.id = provider.name) as shadowed from provider";

    List<Provider> all(Session session) {
        return read(session, null);
    }

    Optional<Provider> one(Session session, UUID provider) {
        return read(session, Set.of(provider)).stream().findFirst();
    }

    /** Those of them that there are, by id. */
    Map<UUID, Provider> some(Session session, Set<UUID> providers) {
        Map<UUID, Provider> found = new HashMap<>();
        if (!providers.isEmpty()) {
            read(session, providers).forEach(one -> found.put(one.uuid(), one));
        }
        return found;
    }

    private List<Provider> read(Session session, @Nullable Set<UUID> only) {
        List<Draft> drafts =
                new ArrayList<>(some(session, this::host, "select *, (" + OPEN + ") as open from host", "uuid", only));
        drafts.addAll(some(session, Snapshot::other, OTHER, "uuid", only));
        Map<UUID, Draft> byId = new HashMap<>();
        drafts.forEach(draft -> byId.put(draft.uuid, draft));
        fill(session, byId, only);
        Map<UUID, UUID> parents = parents(session);
        return drafts.stream()
                .map(draft -> draft.provider(rootOf(draft.uuid, parents)))
                .sorted(Comparator.comparing(Provider::name).thenComparing(Provider::uuid))
                .toList();
    }

    private static void fill(Session session, Map<UUID, Draft> drafts, @Nullable Set<UUID> only) {
        some(session, Row::inventory, "select * from provider_inventory", "provider", only)
                .forEach(row -> row.into(drafts, (draft, value) -> draft.inventories.put(row.name, value)));
        // A host's own count has what others took of it in it already.
        some(session, Row::amount, "select * from allocation", "provider", only)
                .forEach(row -> row.into(drafts, (draft, value) -> {
                    if (!(draft.host && OfferRules.OF_HOSTS.contains(row.name))) {
                        draft.used.merge(row.name, value, Long::sum);
                    }
                }));
        // What instances have of it, their rows say.
        StoredStocks.ofInstances(session).forEach((provider, amounts) -> {
            Draft draft = drafts.get(provider);
            if (draft != null) {
                amounts.forEach((name, amount) -> draft.used.merge(name, amount, Long::sum));
            }
        });
        some(session, Row::trait, "select * from provider_trait", "provider", only)
                .forEach(row -> row.into(drafts, (draft, value) -> draft.traits.add(value)));
        some(session, Row::aggregate, "select * from provider_aggregate", "provider", only)
                .forEach(row -> row.into(drafts, (draft, value) -> draft.aggregates.add(value)));
        some(
                        session,
                        Row::aggregate,
                        "select h.uuid as provider, a.uuid as aggregate from aggregate_host m"
                                + " join aggregate a on a.id = m.aggregate_id join host h on h.id = m.host",
                        "h.uuid",
                        only)
                .forEach(row -> row.into(drafts, (draft, value) -> draft.aggregates.add(value)));
    }

    private static <T> List<T> some(
            Session session, Jdbc.Reader<T> reader, String sql, String column, @Nullable Set<UUID> only) {
        return only == null
                ? Jdbc.list(session, reader, sql)
                : Jdbc.list(
                        session, reader, sql + " where " + column + " = any(?)", (Object) only.toArray(UUID[]::new));
    }

    /** Of all that have one; few, and without them nobody knows where a tree ends. */
    static Map<UUID, UUID> parents(Session session) {
        Map<UUID, UUID> parents = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> Map.entry(row.getObject("uuid", UUID.class), row.getObject("parent", UUID.class)),
                        "select uuid, parent from provider where parent is not null")
                .forEach(one -> parents.put(one.getKey(), one.getValue()));
        return parents;
    }

    static UUID rootOf(UUID provider, Map<UUID, UUID> parents) {
        UUID at = provider;
        for (UUID parent = parents.get(at); parent != null; parent = parents.get(at)) {
            at = parent;
        }
        return at;
    }

    private Draft host(ResultSet row) throws SQLException {
        boolean open = row.getBoolean("open");
        Draft draft = new Draft(
                row.getObject("uuid", UUID.class),
                row.getString("id"),
                row.getLong("provider_generation"),
                null,
                true,
                open,
                Jdbc.instant(row, "updated_at"));
        own(draft, row, StandardWords.VCPU, "vcpus", overcommit.vcpus());
        own(draft, row, StandardWords.MEMORY_MB, "memory_mib", overcommit.memory());
        own(draft, row, StandardWords.DISK_GB, "disk_gib", disk);
        if (!open) {
            draft.traits.add(StandardWords.DISABLED);
        }
        return draft;
    }

    private static void own(Draft draft, ResultSet row, String name, String column, double ratio) throws SQLException {
        Inventory inventory = OfferRules.ofHost(row.getInt(column), row.getInt(column + "_reserved"), ratio);
        if (inventory != null) {
            draft.inventories.put(name, inventory);
        }
        draft.used.put(name, row.getLong(column + "_used"));
    }

    private static Draft other(ResultSet row) throws SQLException {
        UUID id = row.getObject("uuid", UUID.class);
        String name = row.getString("name");
        return new Draft(
                id,
                row.getBoolean("shadowed") ? OfferRules.besideHost(name, id) : name,
                row.getLong("generation"),
                row.getObject("parent", UUID.class),
                false,
                true,
                Jdbc.instant(row, "updated_at"));
    }

    /** A provider of which not all has been read. */
    private static final class Draft {

        private final UUID uuid;
        private final String name;
        private final long generation;
        private final @Nullable UUID parent;
        private final boolean host;
        private final boolean open;
        private final Instant updatedAt;
        private final Map<String, Inventory> inventories = new HashMap<>();
        private final Map<String, Long> used = new HashMap<>();
        private final Set<String> traits = new HashSet<>();
        private final Set<UUID> aggregates = new HashSet<>();

        Draft(
                UUID uuid,
                String name,
                long generation,
                @Nullable UUID parent,
                boolean host,
                boolean open,
                Instant updatedAt) {
            this.uuid = uuid;
            this.name = name;
            this.generation = generation;
            this.parent = parent;
            this.host = host;
            this.open = open;
            this.updatedAt = updatedAt;
        }

        Provider provider(UUID root) {
            return new Provider(
                    uuid, name, generation, parent, root, host, open, inventories, used, traits, aggregates, updatedAt);
        }
    }

    /** Something that belongs to a provider, which may be gone. */
    private record Row<T>(UUID provider, String name, T value) {

        interface Use<T> {
            void with(Draft draft, T value);
        }

        void into(Map<UUID, Draft> drafts, Use<T> use) {
            Draft draft = drafts.get(provider);
            if (draft != null) {
                use.with(draft, value);
            }
        }

        static Row<Inventory> inventory(ResultSet row) throws SQLException {
            return new Row<>(
                    row.getObject("provider", UUID.class),
                    row.getString("resource_class"),
                    new Inventory(
                            row.getInt("total"),
                            row.getInt("reserved"),
                            row.getInt("min_unit"),
                            row.getInt("max_unit"),
                            row.getInt("step_size"),
                            row.getDouble("allocation_ratio")));
        }

        static Row<Long> amount(ResultSet row) throws SQLException {
            return new Row<>(
                    row.getObject("provider", UUID.class), row.getString("resource_class"), row.getLong("amount"));
        }

        static Row<String> trait(ResultSet row) throws SQLException {
            return new Row<>(row.getObject("provider", UUID.class), "", row.getString("trait"));
        }

        static Row<UUID> aggregate(ResultSet row) throws SQLException {
            return new Row<>(
                    row.getObject("provider", UUID.class),
                    "",
                    Objects.requireNonNull(row.getObject("aggregate", UUID.class)));
        }
    }
}
