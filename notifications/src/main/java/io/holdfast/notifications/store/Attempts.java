package io.holdfast.notifications.store;

import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.Webhooks.Attempt;
import io.holdfast.notifications.Webhooks.DeadLetter;
import io.holdfast.notifications.Webhooks.Result;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The log of attempts, and what was given up: all that people want to see of deliveries. */
final class Attempts {

    private Attempts() {}

    static List<Attempt> newest(Connection connection, UUID webhook) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                select fact_id, type, number, at, result, status, took_millis, error
                from webhook_attempt where webhook_id = ? order by id desc limit ?
                """)) {
            query.setObject(1, webhook);
            query.setInt(2, Ledger.ATTEMPTS_KEPT);
            List<Attempt> attempts = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    attempts.add(new Attempt(
                            row.getObject("fact_id", UUID.class),
                            row.getString("type"),
                            row.getInt("number"),
                            row.getObject("at", OffsetDateTime.class).toInstant(),
                            Result.valueOf(row.getString("result")),
                            row.getInt("status"),
                            row.getLong("took_millis"),
                            row.getString("error")));
                }
            }
            return attempts;
        }
    }

    /**
     * Adds attempts and removes what is beyond the number kept.
     *
     * <p>A webhook may be deleted meanwhile: its row is looked for in the same statement, and what has none is left out.
     */
    static void add(Connection connection, Map<UUID, List<Attempt>> attempts) throws SQLException {
        for (Map.Entry<UUID, List<Attempt>> one : new LinkedHashMap<>(attempts).entrySet()) {
            List<Attempt> all = one.getValue();
            // Of a great many only the last are kept; the others need not be written at all.
            List<Attempt> last = all.subList(Math.max(0, all.size() - Ledger.ATTEMPTS_KEPT), all.size());
            insert(connection, one.getKey(), last);
            try (PreparedStatement trim = connection.prepareStatement("""
                    delete from webhook_attempt where webhook_id = ? and id <= (
                        select id from webhook_attempt where webhook_id = ? order by id desc offset ? limit 1)
                    """)) {
                trim.setObject(1, one.getKey());
                trim.setObject(2, one.getKey());
                trim.setInt(3, Ledger.ATTEMPTS_KEPT);
                trim.executeUpdate();
            }
        }
    }

    static List<DeadLetter> dead(Connection connection, UUID webhook, int limit) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                select f.id, f.type, f.subject, f.at, d.attempts, d.last_error
                from webhook_delivery d join outbox f on f.id = d.fact_id
                where d.webhook_id = ? and d.state = 'DEAD' order by d.id limit ?
                """)) {
            query.setObject(1, webhook);
            query.setInt(2, limit);
            List<DeadLetter> letters = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    String error = row.getString("last_error");
                    letters.add(new DeadLetter(
                            row.getObject("id", UUID.class),
                            row.getString("type"),
                            row.getString("subject"),
                            row.getObject("at", OffsetDateTime.class).toInstant(),
                            row.getInt("attempts"),
                            error == null ? "" : error));
                }
            }
            return letters;
        }
    }

    static int revive(Connection connection, UUID webhook, @Nullable UUID fact, Instant now) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                update webhook_delivery set state = 'PENDING', next_attempt_at = ?
                where webhook_id = ? and state = 'DEAD' and (?::uuid is null or fact_id = ?)
                """)) {
            update.setObject(1, now.atOffset(ZoneOffset.UTC));
            update.setObject(2, webhook);
            update.setObject(3, fact);
            update.setObject(4, fact);
            return update.executeUpdate();
        }
    }

    private static void insert(Connection connection, UUID webhook, List<Attempt> attempts) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into webhook_attempt (webhook_id, fact_id, type, number, at, result, status, took_millis, error)
                select w.id, ?, ?, ?, ?, ?, ?, ?, ? from webhook w where w.id = ? for key share
                """)) {
            for (Attempt attempt : attempts) {
                insert.setObject(1, attempt.fact());
                insert.setString(2, attempt.type());
                insert.setInt(3, attempt.number());
                insert.setObject(4, attempt.at().atOffset(ZoneOffset.UTC));
                insert.setString(5, attempt.result().name());
                insert.setInt(6, attempt.status());
                insert.setLong(7, attempt.tookMillis());
                insert.setString(8, attempt.error());
                insert.setObject(9, webhook);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}
