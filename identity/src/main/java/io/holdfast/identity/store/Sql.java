package io.holdfast.identity.store;

import java.sql.Array;
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
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Statements with their parameters, on one connection. */
record Sql(Connection connection) {

    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> list(String query, Reader<T> reader, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepared(query, parameters);
                ResultSet rows = statement.executeQuery()) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
                all.add(reader.read(rows));
            }
            return all;
        }
    }

    <T> Optional<T> one(String query, Reader<T> reader, @Nullable Object... parameters) throws SQLException {
        return list(query, reader, parameters).stream().findFirst();
    }

    int change(String statement, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement change = prepared(statement, parameters)) {
            return change.executeUpdate();
        }
    }

    private PreparedStatement prepared(String text, @Nullable Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(text);
        boolean done = false;
        try {
            for (int i = 0; i < parameters.length; i++) {
                if (parameters[i] instanceof Map<?, ?> object) {
                    // Typed by the column, which is jsonb.
                    statement.setObject(i + 1, Json.text(object), Types.OTHER);
                } else {
                    statement.setObject(i + 1, sql(parameters[i]));
                }
            }
            done = true;
            return statement;
        } finally {
            if (!done) {
                statement.close();
            }
        }
    }

    private @Nullable Object sql(@Nullable Object value) throws SQLException {
        return switch (value) {
            case null -> null;
            case Instant instant -> instant.atOffset(ZoneOffset.UTC);
            case List<?> texts -> connection.createArrayOf("text", texts.toArray());
            default -> value;
        };
    }

    static List<String> texts(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return List.of((String[]) array.getArray());
    }

    static Map<String, @Nullable Object> object(ResultSet row, String column) throws SQLException {
        return Json.object(row.getString(column));
    }

    static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }
}
