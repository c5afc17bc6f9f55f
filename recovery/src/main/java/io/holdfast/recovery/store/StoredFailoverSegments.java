package io.holdfast.recovery.store;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.FailoverHost;
import io.holdfast.recovery.FailoverSegment;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tables {@code failover_segment} and {@code failover_host}. Any thread may call; each call is one transaction. */
public final class StoredFailoverSegments implements FailoverSegments {

    private final Store store;
    private final SegmentId own;
    private final InstantSource clock;

    /** @param own the segment that the controllers look after */
    public StoredFailoverSegments(Store store, SegmentId own, InstantSource clock) {
        this.store = store;
        this.own = own;
        this.clock = clock;
    }

    @Override
    public List<FailoverSegment> list() {
        return store.inTransaction(session -> session.doReturningWork(this::list));
    }

    @Override
    public FailoverSegment create(
            String name, @Nullable String description, RecoveryMethod method, String serviceType, boolean enabled) {
        UUID uuid = UUID.randomUUID();
        if (name.equals(own.value())) {
            throw exists(name);
        }
        try {
            return store.inTransaction(session -> session.doReturningWork(connection -> {
                if (list(connection).size() >= SEGMENTS_MAX) {
                    throw new ComputeException(Kind.LIMIT, "There are " + SEGMENTS_MAX + " failover segments already.");
                }
                insert(
                        connection,
                        new FailoverSegment(
                                uuid,
                                0,
                                name,
                                description,
                                method,
                                serviceType,
                                enabled,
                                false,
                                clock.instant(),
                                null));
                return require(connection, uuid);
            }));
        } catch (ConstraintViolated taken) {
            throw exists(name);
        }
    }

    @Override
    public FailoverSegment update(FailoverSegment next) {
        try {
            return store.inTransaction(session -> session.doReturningWork(connection -> {
                FailoverSegment before = require(connection, next.uuid());
                if (before.own() && before.id() == 0) {
                    insert(connection, before);
                }
                try (PreparedStatement update = connection.prepareStatement("""
                        update failover_segment set name = ?, description = ?, recovery_method = ?, service_type = ?,
                            enabled = ?, updated_at = ? where uuid = ?
                        """)) {
                    update.setString(1, next.name());
                    update.setString(2, next.description());
                    update.setString(3, next.method().name());
                    update.setString(4, next.serviceType());
                    update.setBoolean(5, next.enabled());
                    update.setObject(6, clock.instant().atOffset(ZoneOffset.UTC));
                    update.setObject(7, next.uuid());
                    update.executeUpdate();
                }
                return require(connection, next.uuid());
            }));
        } catch (ConstraintViolated taken) {
            throw exists(next.name());
        }
    }

    @Override
    public void delete(UUID uuid) {
        store.inTransactionDo(session -> session.doWork(connection -> {
            if (uuid.equals(FailoverSegments.own(own.value()))
                    || execute(connection, "delete from failover_segment where uuid = ?", uuid) == 0) {
                throw notFound(uuid);
            }
            execute(connection, "delete from failover_host where segment = ?", uuid);
        }));
    }

    @Override
    public List<FailoverHost> hosts() {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            List<FailoverHost> hosts = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("""
                            select host, segment, type, control_attributes, reserved, used_for, created_at, updated_at
                            from failover_host order by host
                            """);
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    hosts.add(host(rows));
                }
            }
            return hosts;
        }));
    }

    @Override
    public FailoverHost put(HostId host, UUID segment, String type, String controlAttributes, boolean reserved) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            try (PreparedStatement upsert = connection.prepareStatement("""
                    insert into failover_host (host, segment, type, control_attributes, reserved, created_at)
                    values (?, ?, ?, ?, ?, ?)
                    on conflict (host) do update set segment = excluded.segment, type = excluded.type,
                        control_attributes = excluded.control_attributes, reserved = excluded.reserved,
                        updated_at = excluded.created_at
                    returning host, segment, type, control_attributes, reserved, used_for, created_at, updated_at
                    """)) {
                upsert.setString(1, host.value());
                upsert.setObject(2, segment);
                upsert.setString(3, type);
                upsert.setString(4, controlAttributes);
                upsert.setBoolean(5, reserved);
                upsert.setObject(6, clock.instant().atOffset(ZoneOffset.UTC));
                try (ResultSet row = upsert.executeQuery()) {
                    row.next();
                    return host(row);
                }
            }
        }));
    }

    @Override
    public void remove(HostId host) {
        store.inTransactionDo(session -> session.doWork(
                connection -> execute(connection, "delete from failover_host where host = ?", host.value())));
    }

    @Override
    public void use(HostId reserve, Collection<FailoverHost.Failure> failures) {
        store.inTransactionDo(session -> session.doWork(connection -> {
            try (PreparedStatement update = connection.prepareStatement("""
                    update failover_host set reserved = false, used_for = trim(used_for || ' ' || ?), updated_at = ?
                    where host = ?
                    """)) {
                update.setString(
                        1,
                        failures.stream()
                                .map(failure ->
                                        failure.host() + "@" + failure.epoch().value())
                                .collect(Collectors.joining(" ")));
                update.setObject(2, clock.instant().atOffset(ZoneOffset.UTC));
                update.setString(3, reserve.value());
                update.executeUpdate();
            }
        }));
    }

    private List<FailoverSegment> list(Connection connection) throws SQLException {
        UUID ownId = FailoverSegments.own(own.value());
        List<FailoverSegment> segments = new ArrayList<>();
        FailoverSegment mine = new FailoverSegment(
                ownId, 0, own.value(), null, RecoveryMethod.AUTO, "COMPUTE", true, true, Instant.EPOCH, null);
        try (PreparedStatement select = connection.prepareStatement("""
                        select uuid, id, name, description, recovery_method, service_type, enabled, created_at, updated_at
                        from failover_segment order by id
                        """);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                UUID uuid = rows.getObject(1, UUID.class);
                FailoverSegment one = new FailoverSegment(
                        uuid,
                        rows.getLong(2),
                        rows.getString(3),
                        rows.getString(4),
                        RecoveryMethod.valueOf(rows.getString(5)),
                        rows.getString(6),
                        rows.getBoolean(7),
                        uuid.equals(ownId),
                        rows.getObject(8, OffsetDateTime.class).toInstant(),
                        instant(rows, 9));
                if (one.own()) {
                    mine = one;
                } else {
                    segments.add(one);
                }
            }
        }
        segments.addFirst(mine.id() == 0 ? asOld(mine, connection) : mine);
        return segments;
    }

    /** As old as the controllers' segment is. */
    private FailoverSegment asOld(FailoverSegment mine, Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select created_at from segment where id = ?")) {
            select.setString(1, own.value());
            try (ResultSet row = select.executeQuery()) {
                return new FailoverSegment(
                        mine.uuid(),
                        mine.id(),
                        mine.name(),
                        mine.description(),
                        mine.method(),
                        mine.serviceType(),
                        mine.enabled(),
                        true,
                        row.next() ? row.getObject(1, OffsetDateTime.class).toInstant() : Instant.EPOCH,
                        null);
            }
        }
    }

    private FailoverSegment require(Connection connection, UUID uuid) throws SQLException {
        return list(connection).stream()
                .filter(one -> one.uuid().equals(uuid))
                .findFirst()
                .orElseThrow(() -> notFound(uuid));
    }

    private static void insert(Connection connection, FailoverSegment segment) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into failover_segment
                    (uuid, name, description, recovery_method, service_type, enabled, created_at)
                values (?, ?, ?, ?, ?, ?, ?)
                """)) {
            insert.setObject(1, segment.uuid());
            insert.setString(2, segment.name());
            insert.setString(3, segment.description());
            insert.setString(4, segment.method().name());
            insert.setString(5, segment.serviceType());
            insert.setBoolean(6, segment.enabled());
            insert.setObject(7, segment.createdAt().atOffset(ZoneOffset.UTC));
            insert.executeUpdate();
        }
    }

    private static FailoverHost host(ResultSet row) throws SQLException {
        return new FailoverHost(
                HostId.of(row.getString(1)),
                row.getObject(2, UUID.class),
                row.getString(3),
                row.getString(4),
                row.getBoolean(5),
                Arrays.stream(row.getString(6).split(" "))
                        .filter(word -> !word.isEmpty())
                        .map(StoredFailoverSegments::failure)
                        .toList(),
                row.getObject(7, OffsetDateTime.class).toInstant(),
                instant(row, 8));
    }

    private static FailoverHost.Failure failure(String word) {
        int at = word.lastIndexOf('@');
        return new FailoverHost.Failure(
                HostId.of(word.substring(0, at)), HostEpoch.of(Long.parseLong(word.substring(at + 1))));
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static int execute(Connection connection, String statement, Object parameter) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(statement)) {
            prepared.setObject(1, parameter);
            return prepared.executeUpdate();
        }
    }

    private static ComputeException exists(String name) {
        return new ComputeException(Kind.CONFLICT, "Failover segment with name " + name + " already exists.");
    }

    private static ComputeException notFound(UUID uuid) {
        return new ComputeException(Kind.NOT_FOUND, "No failover segment with id " + uuid + ".");
    }
}
