package io.holdfast.notifications.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.Webhooks;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.Store;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.jdbc.ReturningWork;
import org.jspecify.annotations.Nullable;

/**
 * The ledger in PostgreSQL.
 *
 * <p>Plain SQL rather than entities: every verb is one or two statements over sets of rows, and what they lock is the
 * point of them.
 *
 * <p>Two controllers on one database: dispatching is serialised by an advisory lock, because the order of deliveries is
 * the order in which their rows are made; a claimed delivery is not due for others until its hold is over.
 */
public final class PostgresLedger implements Ledger {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long DISPATCH_LOCK = 7346902L;

    /** The space of locks in which {@link io.holdfast.store.Outbox#append} keeps the order of a subject. */
    private static final long SUBJECT_LOCKS = 7346901L;

    /** The rule of {@link io.holdfast.notifications.core.Audience} for a fact {@code f} and a webhook {@code w}. */
    private static final String CONCERNS = """
            (w.enabled and (w.project is null or w.project = f.project)
             and (cardinality(w.types) = 0
                  or exists (select 1 from unnest(w.types) as prefix where starts_with(f.type, prefix))))
            """;

    private final Store store;
    private final SecretSeal seal;

    private PostgresLedger(Store store, SecretSeal seal) {
        this.store = store;
        this.seal = seal;
    }

    /**
     * @param keyFile holds the key that webhooks' secrets are encrypted with; made when there is none and nothing is
     *     encrypted yet
     * @throws IllegalStateException when the key cannot be used
     */
    public static PostgresLedger open(Store store, Path keyFile, SecretReader secrets) {
        boolean secretsExist = store.inTransaction(session -> session.doReturningWork(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select exists (select 1 from webhook)");
                    ResultSet row = query.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }));
        return new PostgresLedger(store, SecretSeal.open(keyFile, secretsExist, secrets));
    }

    @Override
    public List<Subscription> subscriptions() {
        return in(connection -> {
            try (PreparedStatement query = connection.prepareStatement("""
                            select id, project, url, types, secret_cipher, created_at, created_by
                            from webhook where enabled order by created_at, id
                            """);
                    ResultSet row = query.executeQuery()) {
                List<Subscription> all = new ArrayList<>();
                while (row.next()) {
                    UUID id = uuid(row, "id");
                    all.add(new Subscription(
                            id,
                            project(row),
                            URI.create(row.getString("url")),
                            strings(row.getArray("types")),
                            seal.unseal(id, row.getBytes("secret_cipher")),
                            instant(row, "created_at"),
                            row.getString("created_by")));
                }
                return all;
            }
        });
    }

    @Override
    public void add(Subscription subscription, int limit) {
        String project =
                subscription.project() == null ? null : subscription.project().value();
        in(connection -> {
            // Counting and inserting must not interleave with another addition of the same project.
            lock(connection, "webhooks of " + project);
            try (PreparedStatement count =
                    connection.prepareStatement("select count(*) from webhook where project is not distinct from ?")) {
                count.setString(1, project);
                try (ResultSet row = count.executeQuery()) {
                    if (row.next() && row.getLong(1) >= limit) {
                        throw new IllegalArgumentException(
                                (project == null ? "operators have " : "project " + project + " has ") + row.getLong(1)
                                        + " webhooks, and " + limit + " is the limit; delete one first");
                    }
                }
            }
            try (PreparedStatement insert = connection.prepareStatement("""
                    insert into webhook (id, project, url, secret_cipher, types, created_at, created_by)
                    values (?, ?, ?, ?, ?, ?, ?)
                    """)) {
                insert.setObject(1, subscription.id());
                insert.setString(2, project);
                insert.setString(3, subscription.url().toString());
                insert.setBytes(4, seal.seal(subscription.id(), subscription.secret()));
                insert.setArray(
                        5, connection.createArrayOf("text", subscription.types().toArray()));
                insert.setObject(6, utc(subscription.createdAt()));
                insert.setString(7, subscription.createdBy());
                return insert.executeUpdate();
            }
        });
    }

    @Override
    public boolean delete(UUID webhook) {
        return in(connection -> {
            try (PreparedStatement delete = connection.prepareStatement("delete from webhook where id = ?")) {
                delete.setObject(1, webhook);
                return delete.executeUpdate() == 1;
            }
        });
    }

    @Override
    public void disable(UUID webhook, String why) {
        in(connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("update webhook set enabled = false where id = ?")) {
                update.setObject(1, webhook);
                update.executeUpdate();
            }
            try (PreparedStatement giveUp = connection.prepareStatement("""
                    update webhook_delivery set state = 'DEAD', last_error = ?
                    where webhook_id = ? and state = 'PENDING'
                    """)) {
                giveUp.setString(1, why);
                giveUp.setObject(2, webhook);
                return giveUp.executeUpdate();
            }
        });
    }

    @Override
    public List<Webhooks.Webhook> list(@Nullable ProjectId project) {
        return views("where ?::text is null or w.project = ?", project == null ? null : project.value());
    }

    @Override
    public Optional<Webhooks.Webhook> find(UUID webhook) {
        return views("where w.id = ?::uuid or w.id = ?::uuid", webhook.toString()).stream()
                .findFirst();
    }

    @Override
    public int dispatch(int limit, Instant now) {
        return in(connection -> {
            lockPlaces(connection);
            try (PreparedStatement dispatch = connection.prepareStatement("""
                            with batch as materialized (
                                select seq, id, type, subject, project from outbox
                                where dispatched_at is null order by seq limit ? for update),
                            placed as materialized (select seq, nextval('outbox_place') as place from batch),
                            made as (
                                insert into webhook_delivery (webhook_id, fact_seq, fact_id, subject, next_attempt_at)
                                select w.id, f.seq, f.id, f.subject, ? from batch f join webhook w on
                        """ + CONCERNS + """
                                order by f.seq
                                on conflict (webhook_id, fact_id) do nothing)
                            update outbox o set dispatched_at = ?, place = b.place from placed b where o.seq = b.seq
                            """)) {
                dispatch.setInt(1, limit);
                dispatch.setObject(2, utc(now));
                dispatch.setObject(3, utc(now));
                return dispatch.executeUpdate();
            }
        });
    }

    @Override
    public void settle(List<Told> told, List<Outcome> outcomes, Instant now) {
        in(connection -> {
            // In one order everywhere, so that two settlers cannot wait for each other.
            for (String subject : told.stream()
                    .map(one -> one.fact().subject())
                    .sorted()
                    .distinct()
                    .toList()) {
                lock(connection, subject);
            }
            if (!told.isEmpty()) {
                // After the subjects: who dispatches holds this one and waits for none of those.
                lockPlaces(connection);
            }
            for (Told one : told) {
                record(connection, one, now);
            }
            List<Outcome> ordered = outcomes.stream()
                    .sorted(Comparator.comparing(Outcome::webhook).thenComparing(Outcome::fact))
                    .toList();
            for (Outcome outcome : ordered) {
                settle(connection, outcome);
            }
            return outcomes.size();
        });
    }

    @Override
    public List<Delivery> claim(Instant now, Duration hold, int perWebhook, int limit) {
        return in(connection -> {
            // The conditions are repeated on the row that is changed: it may have been claimed by another controller
            // while this statement waited for it.
            try (PreparedStatement claim = connection.prepareStatement("""
                    with due as materialized (
                        select first.id from webhook w cross join lateral (
                            select d.id from webhook_delivery d
                            where d.webhook_id = w.id and d.state = 'PENDING' and d.next_attempt_at <= ?
                              and not exists (
                                  select 1 from webhook_delivery earlier
                                  where earlier.webhook_id = d.webhook_id and earlier.subject = d.subject
                                    and earlier.state = 'PENDING' and earlier.id < d.id)
                            order by d.id limit ?) first
                        where w.enabled order by first.id limit ?)
                    update webhook_delivery d set attempts = d.attempts + 1, next_attempt_at = ?
                    from due, outbox f
                    where d.id = due.id and f.id = d.fact_id and d.state = 'PENDING' and d.next_attempt_at <= ?
                    returning d.id as delivery, d.webhook_id, d.attempts,
                              f.id, f.type, f.subject, f.project, f.at, f.data
                    """)) {
                claim.setObject(1, utc(now));
                claim.setInt(2, perWebhook);
                claim.setInt(3, limit);
                claim.setObject(4, utc(now.plus(hold)));
                claim.setObject(5, utc(now));
                List<Delivery> claimed = new ArrayList<>();
                try (ResultSet row = claim.executeQuery()) {
                    while (row.next()) {
                        claimed.add(new Delivery(uuid(row, "webhook_id"), fact(row), row.getInt("attempts")));
                    }
                }
                return claimed;
            }
        });
    }

    /**
     * In the order of places. They are given one transaction at a time (see {@link #DISPATCH_LOCK}), so no smaller one
     * becomes visible after a greater one, and a reader that goes on from the last it saw misses nothing.
     */
    @Override
    public List<Feed.Numbered> after(long after, @Nullable ProjectId project, int limit) {
        return in(connection -> {
            try (PreparedStatement query = connection.prepareStatement("""
                    select place, id, type, subject, project, at, data from outbox
                    where place > ? and (?::text is null or project = ?) order by place limit ?
                    """)) {
                String only = project == null ? null : project.value();
                query.setLong(1, after);
                query.setString(2, only);
                query.setString(3, only);
                query.setInt(4, limit);
                List<Feed.Numbered> facts = new ArrayList<>();
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        facts.add(new Feed.Numbered(row.getLong("place"), fact(row)));
                    }
                }
                return facts;
            }
        });
    }

    @Override
    public long newest() {
        return in(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select coalesce(max(place), 0) from outbox");
                    ResultSet row = query.executeQuery()) {
                return row.next() ? row.getLong(1) : 0L;
            }
        });
    }

    @Override
    public int forget(Instant before) {
        return in(connection -> {
            try (PreparedStatement deliveries = connection.prepareStatement("""
                    delete from webhook_delivery d using outbox f
                    where f.id = d.fact_id and f.dispatched_at < ? and d.state <> 'PENDING'
                    """)) {
                deliveries.setObject(1, utc(before));
                deliveries.executeUpdate();
            }
            try (PreparedStatement facts = connection.prepareStatement("""
                    delete from outbox f where f.dispatched_at < ?
                      and not exists (select 1 from webhook_delivery d where d.fact_id = f.id)
                    """)) {
                facts.setObject(1, utc(before));
                return facts.executeUpdate();
            }
        });
    }

    /** Until the transaction has ended nobody else gives out a place in the feed. */
    private static void lockPlaces(Connection connection) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement("select pg_advisory_xact_lock(?)")) {
            lock.setLong(1, DISPATCH_LOCK);
            lock.execute();
        }
    }

    private void record(Connection connection, Told told, Instant now) throws SQLException {
        Fact fact = told.fact();
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into outbox (id, type, subject, project, at, data, dispatched_at, place)
                values (?, ?, ?, ?, ?, ?::jsonb, ?, nextval('outbox_place')) on conflict (id) do nothing
                """)) {
            insert.setObject(1, fact.id());
            insert.setString(2, fact.type());
            insert.setString(3, fact.subject());
            insert.setString(4, fact.project() == null ? null : fact.project().value());
            insert.setObject(5, utc(fact.at()));
            insert.setString(6, json(fact.data()));
            insert.setObject(7, utc(now));
            insert.executeUpdate();
        }
        try (PreparedStatement insert = connection.prepareStatement("""
                        insert into webhook_delivery
                            (webhook_id, fact_seq, fact_id, subject, attempts, next_attempt_at)
                        select w.id, f.seq, f.id, f.subject,
                               case when w.id = any (?) then 1 else 0 end,
                               case when w.id = any (?) then ?::timestamptz else ?::timestamptz end
                        from outbox f join webhook w on
                        """ + CONCERNS + """
                        where f.id = ? on conflict (webhook_id, fact_id) do nothing
                        """)) {
            Array tried = connection.createArrayOf("uuid", told.tried().toArray());
            insert.setArray(1, tried);
            insert.setArray(2, tried);
            insert.setObject(3, utc(told.notBefore()));
            insert.setObject(4, utc(now));
            insert.setObject(5, fact.id());
            insert.executeUpdate();
        }
    }

    private static void settle(Connection connection, Outcome outcome) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                update webhook_delivery
                set state = ?, last_error = ?, delivered_at = ?, next_attempt_at = coalesce(?, next_attempt_at)
                where webhook_id = ? and fact_id = ? and state = 'PENDING'
                """)) {
            String state;
            String error = null;
            Instant deliveredAt = null;
            Instant notBefore = null;
            switch (outcome) {
                case Outcome.Delivered delivered -> {
                    state = "DELIVERED";
                    deliveredAt = delivered.at();
                }
                case Outcome.Again again -> {
                    state = "PENDING";
                    error = again.error();
                    notBefore = again.notBefore();
                }
                case Outcome.Dead dead -> {
                    state = "DEAD";
                    error = dead.error();
                }
            }
            update.setString(1, state);
            update.setString(2, error);
            update.setObject(3, deliveredAt == null ? null : utc(deliveredAt));
            update.setObject(4, notBefore == null ? null : utc(notBefore));
            update.setObject(5, outcome.webhook());
            update.setObject(6, outcome.fact());
            update.executeUpdate();
        }
    }

    private List<Webhooks.Webhook> views(String where, @Nullable String parameter) {
        return in(connection -> {
            try (PreparedStatement query = connection.prepareStatement("""
                    select w.id, w.project, w.url, w.types, w.created_at, w.created_by, w.enabled,
                        (select count(*) from webhook_delivery d
                          where d.webhook_id = w.id and d.state = 'PENDING') as pending,
                        (select count(*) from webhook_delivery d
                          where d.webhook_id = w.id and d.state = 'DEAD') as dead,
                        (select d.last_error from webhook_delivery d
                          where d.webhook_id = w.id and d.last_error is not null and d.state <> 'DELIVERED'
                          order by d.id desc limit 1) as last_error
                    from webhook w
                    """ + where + " order by w.created_at, w.id")) {
                query.setString(1, parameter);
                query.setString(2, parameter);
                List<Webhooks.Webhook> views = new ArrayList<>();
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        String error = row.getString("last_error");
                        String text = error == null ? "" : error;
                        views.add(new Webhooks.Webhook(
                                uuid(row, "id"),
                                project(row),
                                URI.create(row.getString("url")),
                                strings(row.getArray("types")),
                                instant(row, "created_at"),
                                row.getString("created_by"),
                                row.getLong("pending"),
                                row.getLong("dead"),
                                row.getBoolean("enabled") ? text : "disabled: " + text));
                    }
                }
                return views;
            }
        });
    }

    private <T> T in(ReturningWork<T> work) {
        return store.inTransaction(session -> session.doReturningWork(work));
    }

    private static void lock(Connection connection, String subject) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(
                "select pg_current_xact_id(), pg_advisory_xact_lock(hashtextextended(?, ?))")) {
            lock.setString(1, subject);
            lock.setLong(2, SUBJECT_LOCKS);
            lock.execute();
        }
    }

    private static Fact fact(ResultSet row) throws SQLException {
        return new Fact(
                uuid(row, "id"),
                row.getString("type"),
                row.getString("subject"),
                project(row),
                instant(row, "at"),
                map(row.getString("data")));
    }

    private static @Nullable ProjectId project(ResultSet row) throws SQLException {
        String project = row.getString("project");
        return project == null ? null : ProjectId.of(project);
    }

    private static UUID uuid(ResultSet row, String column) throws SQLException {
        return row.getObject(column, UUID.class);
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static List<String> strings(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static String json(Map<String, Object> data) {
        try {
            return JSON.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the data of a fact cannot be written as JSON", e);
        }
    }

    private static Map<String, Object> map(String json) {
        try {
            return JSON.readValue(json, new TypeReference<Map<String, Object>>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row of the outbox holds what is not JSON", e);
        }
    }
}
