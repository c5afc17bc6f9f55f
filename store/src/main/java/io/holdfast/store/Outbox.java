package io.holdfast.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import java.sql.PreparedStatement;
import java.time.ZoneOffset;
import java.util.Map;
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
 * <p>Reading is notifications' business alone: whoever dispatches gives each fact its place in the feed. A reader with a
 * cursor on {@code seq} would miss a fact that was committed after a later one.
 */
public final class Outbox {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Outbox() {}

    /**
     * Writes a fact; it is told if and only if the caller's transaction commits.
     *
     * @throws ConstraintViolated through the caller's transaction, when a fact with this id exists
     */
    public static void append(Session session, Fact fact) {
        insert(session, fact, "");
    }

    /**
     * The same for a fact that may have been written already, because it was told by a shorter road before: then nothing
     * happens.
     */
    public static void appendOnce(Session session, Fact fact) {
        insert(session, fact, " on conflict (id) do nothing");
    }

    private static void insert(Session session, Fact fact, String otherwise) {
        String data = json(fact.data());
        session.doWork(connection -> {
            try (PreparedStatement lock =
                    connection.prepareStatement("select pg_advisory_xact_lock(hashtextextended(?, 7346901))")) {
                lock.setString(1, fact.subject());
                lock.execute();
            }
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into outbox (id, type, subject, project, at, data) values (?, ?, ?, ?, ?, ?::jsonb)"
                            + otherwise)) {
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

    static String json(Map<String, Object> data) {
        try {
            return JSON.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON-ready: " + e.getOriginalMessage(), e);
        }
    }
}
