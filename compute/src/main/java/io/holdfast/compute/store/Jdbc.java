package io.holdfast.compute.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Statements on tables that are rows and no more, inside a session's transaction and after all that it has written so far. */
public final class Jdbc {

    private Jdbc() {}

    /** What a row is read as. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    public static <T> List<T> list(Session session, Reader<T> reader, String sql, @Nullable Object... values) {
        session.flush();
        return session.doReturningWork(connection -> {
            try (PreparedStatement statement = prepared(connection, sql, values);
                    ResultSet rows = statement.executeQuery()) {
                List<T> found = new ArrayList<>();
                while (rows.next()) {
                    found.add(reader.read(rows));
                }
                return found;
            }
        });
    }

    public static <T> Optional<T> first(Session session, Reader<T> reader, String sql, @Nullable Object... values) {
        return list(session, reader, sql, values).stream().findFirst();
    }

    /** @return how many rows were changed */
    public static int update(Session session, String sql, @Nullable Object... values) {
        session.flush();
        return session.doReturningWork(connection -> {
            try (PreparedStatement statement = prepared(connection, sql, values)) {
                return statement.executeUpdate();
            }
        });
    }

    /** The same statement with each of these values, sent together. */
    static void updateAll(Session session, String sql, List<@Nullable Object[]> all) {
        if (all.isEmpty()) {
            return;
        }
        session.flush();
        session.doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (@Nullable Object[] values : all) {
                    fill(statement, values);
                    statement.addBatch();
                }
                statement.executeBatch();
            }
        });
    }

    public static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, java.time.OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant maybeInstant(ResultSet row, String column) throws SQLException {
        java.time.OffsetDateTime at = row.getObject(column, java.time.OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    /** Until the transaction ends no other goes on that says the same word. */
    public static void serialize(Session session, String word) {
        list(session, row -> "", "select pg_advisory_xact_lock(hashtextextended(?, 0))", word);
    }

    private static PreparedStatement prepared(Connection connection, String sql, @Nullable Object... values)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        fill(statement, values);
        return statement;
    }

    private static void fill(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            statement.setObject(i + 1, value instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : value);
        }
    }
}
