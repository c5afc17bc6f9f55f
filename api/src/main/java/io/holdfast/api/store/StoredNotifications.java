package io.holdfast.api.store;

import io.holdfast.api.MonitorSettings.Trust;
import io.holdfast.api.masakari.Notification;
import io.holdfast.api.masakari.NotificationBook;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Table {@code monitor_word}. Any thread may call; each call is one transaction. */
public final class StoredNotifications implements NotificationBook {

    private static final String COLUMNS =
            "id, uuid, type, host, host_uuid, generated_at, payload, said_by, trust, status, reason, case_id,"
                    + " created_at, updated_at";

    private final Store store;

    public StoredNotifications(Store store) {
        this.store = store;
    }

    @Override
    public Notification add(Notification next) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            long number;
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into monitor_word (uuid, type, host, host_uuid, generated_at, payload, said_by, trust,"
                            + " status, reason, case_id, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                            + " returning id")) {
                CaseId of = next.caseId();
                insert.setObject(1, next.uuid());
                insert.setString(2, next.type().name());
                insert.setString(3, next.host().value());
                insert.setObject(4, next.hostUuid());
                insert.setObject(5, next.generatedAt());
                insert.setString(6, next.payload());
                insert.setString(7, next.saidBy());
                insert.setString(8, next.trust().name());
                insert.setString(9, next.status().word());
                insert.setString(10, next.reason());
                insert.setObject(11, of == null ? null : of.value());
                insert.setObject(12, next.createdAt().atOffset(ZoneOffset.UTC));
                try (ResultSet row = insert.executeQuery()) {
                    row.next();
                    number = row.getLong(1);
                }
            }
            try (PreparedStatement forget = connection.prepareStatement("delete from monitor_word where id <= ?")) {
                forget.setLong(1, number - KEPT);
                forget.executeUpdate();
            }
            return next.numbered(number);
        }));
    }

    @Override
    public void update(Notification next) {
        store.inTransactionDo(session -> session.doWork(connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "update monitor_word set status = ?, reason = ?, case_id = ?, updated_at = ? where uuid = ?")) {
                CaseId of = next.caseId();
                update.setString(1, next.status().word());
                update.setString(2, next.reason());
                update.setObject(3, of == null ? null : of.value());
                Instant at = next.updatedAt();
                update.setObject(4, at == null ? null : at.atOffset(ZoneOffset.UTC));
                update.setObject(5, next.uuid());
                update.executeUpdate();
            }
        }));
    }

    @Override
    public Optional<Notification> find(UUID uuid) {
        return select("where uuid = ?", uuid).stream().findFirst();
    }

    @Override
    public List<Notification> list(
            @Nullable UUID hostUuid, Notification.@Nullable Type type, @Nullable LocalDateTime generatedSince) {
        List<String> conditions = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        if (hostUuid != null) {
            conditions.add("host_uuid = ?");
            values.add(hostUuid);
        }
        if (type != null) {
            conditions.add("type = ?");
            values.add(type.name());
        }
        if (generatedSince != null) {
            conditions.add("generated_at >= ?");
            values.add(generatedSince);
        }
        String where = conditions.isEmpty() ? "" : "where " + String.join(" and ", conditions) + " ";
        return select(where + "order by id desc", values.toArray());
    }

    @Override
    public List<Notification> recent(HostId host, Instant after) {
        return select(
                "where host = ? and created_at > ? order by id desc limit 100",
                host.value(),
                after.atOffset(ZoneOffset.UTC));
    }

    private List<Notification> select(String rest, Object... values) {
        return store.inTransaction(session -> session.doReturningWork(connection -> select(connection, rest, values)));
    }

    private static List<Notification> select(Connection connection, String rest, Object... values) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select " + COLUMNS + " from monitor_word " + rest)) {
            for (int i = 0; i < values.length; i++) {
                select.setObject(i + 1, values[i]);
            }
            return read(select);
        }
    }

    private static List<Notification> read(PreparedStatement statement) throws SQLException {
        List<Notification> found = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                UUID of = row.getObject(12, UUID.class);
                OffsetDateTime updated = row.getObject(14, OffsetDateTime.class);
                found.add(new Notification(
                        row.getLong(1),
                        row.getObject(2, UUID.class),
                        Notification.Type.valueOf(row.getString(3)),
                        HostId.of(row.getString(4)),
                        row.getObject(5, UUID.class),
                        row.getObject(6, LocalDateTime.class),
                        row.getString(7),
                        row.getString(8),
                        Trust.valueOf(row.getString(9)),
                        Notification.Status.of(row.getString(10)),
                        row.getString(11),
                        of == null ? null : CaseId.of(of),
                        row.getObject(13, OffsetDateTime.class).toInstant(),
                        updated == null ? null : updated.toInstant()));
            }
        }
        return found;
    }
}
