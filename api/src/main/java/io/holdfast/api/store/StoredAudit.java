package io.holdfast.api.store;

import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.audit.AuditLine;
import io.holdfast.api.audit.Ended;
import io.holdfast.api.audit.Who;
import io.holdfast.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Table {@code audit_line}. Any thread may call; each call is one transaction. */
public final class StoredAudit implements AuditBook {

    private static final String COLUMNS = "at, request_id, kind, user_id, user_name, project, address, on_behalf_of,"
            + " controller, service, operation, target, status, fault, made, refused, count, until";

    private static final String INSERT = "insert into audit_line (" + COLUMNS
            + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " on conflict (request_id) do update set count = excluded.count, until = excluded.until";

    private static final String END = "update audit_line set status = ?, fault = ?, made = ? where request_id = ?";

    /** Lines deleted in one transaction. */
    private static final int BITE = 1000;

    private final Store store;

    public StoredAudit(Store store) {
        this.store = store;
    }

    @Override
    public void write(List<AuditLine> lines, List<Ending> endings) {
        store.inTransactionDo(session -> session.doWork(connection -> {
            if (!lines.isEmpty()) {
                try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                    for (AuditLine line : lines) {
                        put(insert, line);
                        insert.addBatch();
                    }
                    insert.executeBatch();
                }
            }
            if (!endings.isEmpty()) {
                try (PreparedStatement update = connection.prepareStatement(END)) {
                    for (Ending ending : endings) {
                        ended(update, 1, ending.ended());
                        update.setString(4, ending.requestId());
                        update.addBatch();
                    }
                    update.executeBatch();
                }
            }
        }));
    }

    private static void put(PreparedStatement insert, AuditLine line) throws SQLException {
        insert.setObject(1, utc(line.at()));
        insert.setString(2, line.requestId());
        insert.setString(3, line.who().kind().word());
        insert.setString(4, line.who().user());
        insert.setString(5, line.who().name());
        insert.setString(6, line.who().project());
        insert.setString(7, line.address());
        insert.setString(8, line.onBehalfOf());
        insert.setString(9, line.controller());
        insert.setString(10, line.service());
        insert.setString(11, line.operation());
        insert.setString(12, line.target());
        ended(insert, 13, line.ended());
        insert.setBoolean(16, line.refused());
        insert.setInt(17, line.count());
        insert.setObject(18, utc(line.until()));
    }

    private static void ended(PreparedStatement statement, int from, @Nullable Ended ended) throws SQLException {
        if (ended == null) {
            statement.setNull(from, Types.INTEGER);
            statement.setNull(from + 1, Types.VARCHAR);
            statement.setNull(from + 2, Types.VARCHAR);
        } else {
            statement.setInt(from, ended.status());
            statement.setString(from + 1, ended.fault());
            statement.setString(from + 2, ended.made());
        }
    }

    @Override
    public List<AuditLine> list(Filter filter, int limit) {
        Conditions where = new Conditions();
        where.add("id < ?", filter.marker());
        where.add("kind = ?", filter.kind() == null ? null : filter.kind().word());
        where.add("? in (user_id, user_name)", filter.user());
        where.add("project = ?", filter.project());
        where.add("service = ?", filter.service());
        where.add("? in (operation, split_part(operation, '/', 1), split_part(operation, '/', 2))", filter.operation());
        // Part of the path as it stands, without patterns.
        where.add("(strpos(target, ?) > 0 or made = ?)", filter.target(), filter.target());
        where.add("? in (address, on_behalf_of)", filter.address());
        where.add("request_id = ?", filter.requestId());
        where.add("status >= ?", filter.least());
        where.add("status <= ?", filter.most());
        where.add("at >= ?", filter.since() == null ? null : utc(filter.since()));
        where.add("at < ?", filter.before() == null ? null : utc(filter.before()));
        if (filter.open()) {
            where.parts.add("status is null");
        }
        String sql = "select id, " + COLUMNS + " from audit_line"
                + (where.parts.isEmpty() ? "" : " where " + String.join(" and ", where.parts))
                + " order by id desc limit " + limit;
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                for (int i = 0; i < where.values.size(); i++) {
                    select.setObject(i + 1, where.values.get(i));
                }
                return read(select);
            }
        }));
    }

    private static final class Conditions {
        private final List<String> parts = new ArrayList<>();
        private final List<Object> values = new ArrayList<>();

        private void add(String part, @Nullable Object... of) {
            for (Object value : of) {
                if (value == null) {
                    return;
                }
            }
            parts.add(part);
            for (Object value : of) {
                if (value != null) {
                    values.add(value);
                }
            }
        }
    }

    private static List<AuditLine> read(PreparedStatement select) throws SQLException {
        List<AuditLine> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                int status = row.getInt(14);
                boolean open = row.wasNull();
                found.add(new AuditLine(
                        row.getLong(1),
                        row.getObject(2, OffsetDateTime.class).toInstant(),
                        row.getString(3),
                        new Who(Who.Kind.of(row.getString(4)), row.getString(5), row.getString(6), row.getString(7)),
                        row.getString(8),
                        row.getString(9),
                        row.getString(10),
                        row.getString(11),
                        row.getString(12),
                        row.getString(13),
                        open ? null : new Ended(status, row.getString(15), row.getString(16)),
                        row.getBoolean(17),
                        row.getInt(18),
                        row.getObject(19, OffsetDateTime.class).toInstant()));
            }
        }
        return found;
    }

    @Override
    public boolean trim(Instant before, long linesMax, long refusalsMax) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            boolean old = delete(connection, "at < ?", utc(before)) == BITE;
            boolean lines = beyond(connection, false, linesMax);
            boolean refusals = beyond(connection, true, refusalsMax);
            return old || lines || refusals;
        }));
    }

    /** Whether there was a whole bite of them. */
    private static boolean beyond(Connection connection, boolean refused, long most) throws SQLException {
        // The words of a partial index, which answers both.
        String these = refused ? "refused" : "not refused";
        try (PreparedStatement span =
                connection.prepareStatement("select coalesce(max(id) - min(id), 0) from audit_line where " + these)) {
            try (ResultSet row = span.executeQuery()) {
                row.next();
                if (row.getLong(1) < most) {
                    return false;
                }
            }
        }
        return delete(
                        connection,
                        these + " and id <= (select id from audit_line where " + these
                                + " order by id desc offset ? limit 1)",
                        most)
                == BITE;
    }

    private static int delete(Connection connection, String which, Object value) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("delete from audit_line where id in (select id from audit_line where "
                        + which + " order by id limit " + BITE + ")")) {
            delete.setObject(1, value);
            return delete.executeUpdate();
        }
    }

    private static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }
}
