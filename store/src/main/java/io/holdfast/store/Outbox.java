package io.holdfast.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.Session;

/**
 * Facts that wait to be told, written in the transaction that made them true.
 *
 * <p><b>Order.</b> {@code seq} is given out when a fact is written, but what is written first may be committed last. For
 * facts of one subject that must not happen, since a receiver would see a host recovered and then suspected. So
 * {@link #append} takes a lock on the subject until the transaction ends: facts of one subject become visible in the
 * order of their {@code seq}. Facts of different subjects do not wait for each other. Two transactions that name the
 * same two subjects in opposite order may deadlock; the database notices, and {@link Store} runs one of them again.
 *
 * <p><b>Two ways to read.</b> A dispatcher asks for what is {@link #undispatched} and marks it; it can miss nothing. A
 * reader with a cursor ({@link #readAfter}) would miss a fact that was committed after a later one, so it is shown only
 * facts for which every older transaction has ended.
 */
public final class Outbox {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Outbox() {}

    /**
     * A fact with its place in the order.
     *
     * @param seq rises with the order of writing; has gaps
     */
    public record Entry(long seq, Fact fact) {}

    /**
     * Writes a fact; it is told if and only if the caller's transaction commits.
     *
     * @throws ConstraintViolated through the caller's transaction, when a fact with this id exists
     */
    public static void append(Session session, Fact fact) {
        String data = json(fact.data());
        session.doWork(connection -> {
            // The number of the transaction is taken before the sequence's, or a cursor could pass it by.
            try (PreparedStatement lock = connection.prepareStatement(
                    "select pg_current_xact_id(), pg_advisory_xact_lock(hashtextextended(?, 7346901))")) {
                lock.setString(1, fact.subject());
                lock.execute();
            }
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into outbox (id, type, subject, project, at, data) values (?, ?, ?, ?, ?, ?::jsonb)")) {
                insert.setObject(1, fact.id());
                insert.setString(2, fact.type());
                insert.setString(3, fact.subject());
                ProjectId project = fact.project();
                insert.setString(4, project == null ? null : project.value());
                insert.setObject(5, fact.at().atOffset(ZoneOffset.UTC));
                insert.setString(6, data);
                insert.executeUpdate();
            }
        });
    }

    /** Facts not yet marked, oldest first; at most {@code limit}. Rows that another dispatcher holds are left out. */
    public static List<Entry> undispatched(Session session, int limit) {
        return read(
                session,
                "select seq, id, type, subject, project, at, data from outbox where dispatched_at is null"
                        + " order by seq limit ? for update",
                limit);
    }

    /** Marks facts as handed to the sinks; marking twice changes nothing. */
    public static void markDispatched(Session session, Collection<Long> seqs, Instant at) {
        session.doWork(connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "update outbox set dispatched_at = ? where seq = any (?) and dispatched_at is null")) {
                update.setObject(1, at.atOffset(ZoneOffset.UTC));
                update.setArray(2, connection.createArrayOf("bigint", seqs.toArray()));
                update.executeUpdate();
            }
        });
    }

    /**
     * Facts after a cursor, oldest first, never skipping one that is committed later. A long transaction anywhere on
     * the database server delays this reader.
     *
     * @param seq the last seen, 0 for the beginning
     */
    public static List<Entry> readAfter(Session session, long seq, int limit) {
        return read(
                session,
                "select seq, id, type, subject, project, at, data from outbox where seq > ?"
                        + " and tx < pg_snapshot_xmin(pg_current_snapshot()) order by seq limit ?",
                seq,
                limit);
    }

    /** The newest {@code seq} that {@link #readAfter} would show, 0 when there is none: where a new listener begins. */
    public static long newest(Session session) {
        Long newest = session.createNativeQuery(
                        "select max(seq) from outbox where tx < pg_snapshot_xmin(pg_current_snapshot())", Long.class)
                .uniqueResult();
        return newest == null ? 0 : newest;
    }

    /** Removes facts that were dispatched before {@code before}; returns how many. */
    public static int prune(Session session, Instant before) {
        return session.doReturningWork(connection -> {
            try (PreparedStatement delete = connection.prepareStatement("delete from outbox where dispatched_at < ?")) {
                delete.setObject(1, before.atOffset(ZoneOffset.UTC));
                return delete.executeUpdate();
            }
        });
    }

    private static List<Entry> read(Session session, String sql, Object... parameters) {
        return session.doReturningWork(connection -> {
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    query.setObject(i + 1, parameters[i]);
                }
                List<Entry> entries = new ArrayList<>();
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        entries.add(entry(rows));
                    }
                }
                return entries;
            }
        });
    }

    private static Entry entry(ResultSet row) throws SQLException {
        String project = row.getString(5);
        return new Entry(
                row.getLong(1),
                new Fact(
                        row.getObject(2, UUID.class),
                        row.getString(3),
                        row.getString(4),
                        project == null ? null : ProjectId.of(project),
                        row.getObject(6, OffsetDateTime.class).toInstant(),
                        map(row.getString(7))));
    }

    static String json(Map<String, Object> data) {
        try {
            return JSON.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON-ready: " + e.getOriginalMessage(), e);
        }
    }

    private static Map<String, Object> map(String json) {
        try {
            return JSON.readValue(json, new TypeReference<Map<String, Object>>() {});
        } catch (JsonProcessingException e) {
            throw new StoreDefect("a row of the outbox holds what is not JSON", e);
        }
    }
}
