package io.holdfast.compute.store;

import io.holdfast.compute.Aggregates;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.model.HostId;
import io.holdfast.store.Store;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tables {@code aggregate}, {@code aggregate_host} and {@code aggregate_metadata}, and the zone that hosts have of them. Operators
 * change aggregates seldom, so one at a time: what is checked stays true until it is written.
 */
final class StoredAggregates implements Aggregates {

    private static final Logger log = LoggerFactory.getLogger(StoredAggregates.class);
    private static final int METADATA_LIMIT = 128;
    private static final int TEXT_LIMIT = 255;

    private final Store store;
    private final InstantSource clock;

    StoredAggregates(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public List<Aggregate> list() {
        return store.inTransaction(session -> read(session, null));
    }

    @Override
    public Optional<Aggregate> find(int id) {
        return store.inTransaction(session -> read(session, id).stream().findFirst());
    }

    @Override
    public Aggregate create(String name, @Nullable String zone) {
        String valid = InstanceRules.name(name);
        return change(session -> {
            requireFree(session, valid, -1);
            int id = Jdbc.first(
                            session,
                            row -> row.getInt(1),
                            "insert into aggregate (uuid, name, created_at) values (?, ?, ?) returning id",
                            UUID.randomUUID(),
                            valid,
                            clock.instant())
                    .orElseThrow();
            if (zone != null) {
                put(session, id, ZONE, zone);
            }
            return id;
        });
    }

    @Override
    public Aggregate rename(int id, String name) {
        String valid = InstanceRules.name(name);
        return change(session -> {
            require(session, id);
            requireFree(session, valid, id);
            Jdbc.update(session, "update aggregate set name = ? where id = ?", valid, id);
            return touched(session, id);
        });
    }

    @Override
    public void delete(int id) {
        store.inTransactionDo(session -> {
            Jdbc.serialize(session, "aggregates");
            if (!require(session, id).hosts().isEmpty()) {
                throw new ComputeException(
                        Kind.INVALID,
                        "Unacceptable action on aggregate " + id + ": the aggregate has hosts, remove them first.");
            }
            Jdbc.update(session, "delete from aggregate where id = ?", id);
        });
        log.info("aggregate {} deleted", id);
    }

    @Override
    public Aggregate add(int id, HostId host) {
        return change(session -> {
            Aggregate aggregate = require(session, id);
            if (Jdbc.first(session, row -> row.getString(1), "select id from host where id = ?", host.value())
                    .isEmpty()) {
                throw new ComputeException(Kind.NOT_FOUND, "Compute host " + host + " could not be found.");
            }
            if (aggregate.hosts().contains(host)) {
                throw new ComputeException(Kind.CONFLICT, "Aggregate " + id + " already has host " + host + ".");
            }
            String zone = aggregate.zone();
            if (zone != null) {
                requireOneZone(session, id, host, zone);
                requireNoTenants(session, host, zone, id);
            }
            Jdbc.update(
                    session,
                    "insert into aggregate_host (aggregate_id, host, added_at) values (?, ?, ?)",
                    id,
                    host.value(),
                    clock.instant());
            return touched(session, id);
        });
    }

    @Override
    public Aggregate remove(int id, HostId host) {
        return change(session -> {
            Aggregate aggregate = require(session, id);
            if (!aggregate.hosts().contains(host)) {
                throw new ComputeException(Kind.NOT_FOUND, "Aggregate " + id + " has no host " + host + ".");
            }
            if (aggregate.zone() != null) {
                requireNoTenants(session, host, null, id);
            }
            Jdbc.update(session, "delete from aggregate_host where aggregate_id = ? and host = ?", id, host.value());
            return touched(session, id);
        });
    }

    @Override
    public Aggregate changeMetadata(int id, Map<String, @Nullable String> changes) {
        return change(session -> {
            Aggregate aggregate = require(session, id);
            if (changes.containsKey(ZONE)) {
                String zone = changes.get(ZONE);
                for (HostId host : aggregate.hosts()) {
                    if (zone != null) {
                        requireOneZone(session, id, host, zone);
                    }
                    requireNoTenants(session, host, zone, id);
                }
            }
            for (Map.Entry<String, @Nullable String> one : changes.entrySet()) {
                String value = one.getValue();
                if (value == null) {
                    Jdbc.update(
                            session,
                            "delete from aggregate_metadata where aggregate_id = ? and key = ?",
                            id,
                            one.getKey());
                } else {
                    put(session, id, one.getKey(), value);
                }
            }
            if (require(session, id).metadata().size() > METADATA_LIMIT) {
                throw new ComputeException(
                        Kind.INVALID, "an aggregate can have at most " + METADATA_LIMIT + " metadata items");
            }
            return touched(session, id);
        });
    }

    private static void put(Session session, int id, String key, String value) {
        if (key.isEmpty() || key.length() > TEXT_LIMIT || value.length() > TEXT_LIMIT) {
            throw new ComputeException(
                    Kind.INVALID, "metadata '" + key + "': keys have 1 to 255 characters, values at most 255");
        }
        if (key.equals(ZONE) && (value.isBlank() || value.contains(":"))) {
            throw new ComputeException(
                    Kind.INVALID, "an availability zone must have a name without ':', is '" + value + "'");
        }
        Jdbc.update(
                session,
                "insert into aggregate_metadata (aggregate_id, key, value) values (?, ?, ?)"
                        + " on conflict (aggregate_id, key) do update set value = excluded.value",
                id,
                InstanceRules.text(key, "metadata key"),
                InstanceRules.text(value, "value of metadata " + key));
    }

    /** Work, and after it the zones of all hosts as the aggregates now say. */
    private Aggregate change(java.util.function.ToIntFunction<Session> work) {
        return store.inTransaction(session -> {
            Jdbc.serialize(session, "aggregates");
            int id = work.applyAsInt(session);
            // The row's version goes along: who has read the host before must not write the old zone back.
            Jdbc.update(session, """
                    update host set aggregate_zone = z.zone, version = host.version + 1
                    from (select h.id, (select min(m.value) from aggregate_host a
                              join aggregate_metadata m on m.aggregate_id = a.aggregate_id and m.key = ?
                              where a.host = h.id) as zone from host h) z
                    where z.id = host.id and host.aggregate_zone is distinct from z.zone
                    """, ZONE);
            return require(session, id);
        });
    }

    private int touched(Session session, int id) {
        Jdbc.update(session, "update aggregate set updated_at = ? where id = ?", clock.instant(), id);
        return id;
    }

    private static void requireFree(Session session, String name, int except) {
        if (Jdbc.first(
                        session,
                        row -> row.getInt(1),
                        "select id from aggregate where name = ? and id <> ?",
                        name,
                        except)
                .isPresent()) {
            throw new ComputeException(Kind.CONFLICT, "Aggregate " + name + " already exists.");
        }
    }

    private static void requireOneZone(Session session, int id, HostId host, String zone) {
        Jdbc.first(
                        session,
                        row -> row.getString(1),
                        "select m.value from aggregate_host a join aggregate_metadata m"
                                + " on m.aggregate_id = a.aggregate_id and m.key = ?"
                                + " where a.host = ? and a.aggregate_id <> ? and m.value <> ?",
                        ZONE,
                        host.value(),
                        id,
                        zone)
                .ifPresent(other -> {
                    throw new ComputeException(
                            Kind.INVALID,
                            "Cannot perform action on aggregate " + id + ". Reason: One or more hosts already in"
                                    + " availability zone(s) " + other + ".");
                });
    }

    /** Instances that asked for a zone would find themselves in another one. */
    private static void requireNoTenants(Session session, HostId host, @Nullable String zone, int id) {
        Jdbc.first(
                        session,
                        row -> row.getString(1),
                        "select zone from instance where host = ? and deleted_at is null and zone is not null"
                                + " and zone is distinct from ?",
                        host.value(),
                        zone)
                .ifPresent(bound -> {
                    throw new ComputeException(
                            Kind.INVALID,
                            "Cannot perform action on aggregate " + id + ". Reason: One or more hosts contain"
                                    + " instances in this zone.");
                });
    }

    private static Aggregate require(Session session, int id) {
        return read(session, id).stream()
                .findFirst()
                .orElseThrow(() -> new ComputeException(Kind.NOT_FOUND, "Aggregate " + id + " could not be found."));
    }

    private static List<Aggregate> read(Session session, @Nullable Integer only) {
        Map<Integer, List<HostId>> hosts = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> Map.entry(row.getInt(1), row.getString(2)),
                        "select aggregate_id, host from aggregate_host order by aggregate_id, host")
                .forEach(one -> hosts.computeIfAbsent(one.getKey(), id -> new java.util.ArrayList<>())
                        .add(HostId.of(one.getValue())));
        Map<Integer, Map<String, String>> metadata = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> new Item(row.getInt(1), row.getString(2), row.getString(3)),
                        "select aggregate_id, key, value from aggregate_metadata")
                .forEach(one -> metadata.computeIfAbsent(one.aggregate, id -> new LinkedHashMap<>())
                        .put(one.key, one.value));
        return Jdbc.list(
                session,
                row -> {
                    int id = row.getInt("id");
                    Instant updated = Jdbc.maybeInstant(row, "updated_at");
                    return new Aggregate(
                            id,
                            row.getObject("uuid", UUID.class),
                            row.getString("name"),
                            hosts.getOrDefault(id, List.of()),
                            metadata.getOrDefault(id, Map.of()),
                            Jdbc.instant(row, "created_at"),
                            updated);
                },
                "select * from aggregate where ? or id = ? order by id",
                only == null,
                only == null ? 0 : only);
    }

    private record Item(int aggregate, String key, String value) {}
}
