package io.holdfast.notifications.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.Webhooks;
import io.holdfast.notifications.core.Filter;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
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
        return subscriptions("enabled and not paused and ?::uuid is null", null);
    }

    @Override
    public Optional<Subscription> subscription(UUID webhook) {
        return subscriptions("id = ?", webhook).stream().findFirst();
    }

    private List<Subscription> subscriptions(String where, @Nullable UUID parameter) {
        return in(connection -> {
            try (PreparedStatement query = connection.prepareStatement("""
                            select id, project, url, types, severity, instances, tags, aggregates, form, secret_cipher,
                                   created_at, created_by
                            from webhook where
                            """ + where + " order by created_at, id")) {
                query.setObject(1, parameter);
                List<Subscription> all = new ArrayList<>();
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        UUID id = uuid(row, "id");
                        all.add(new Subscription(
                                id,
                                project(row),
                                URI.create(row.getString("url")),
                                Audiences.filter(row),
                                Webhooks.Form.valueOf(row.getString("form")),
                                seal.unseal(id, row.getBytes("secret_cipher")),
                                instant(row, "created_at"),
                                row.getString("created_by")));
                    }
                }
                return all;
            }
        });
    }

    @Override
    public void add(Subscription subscription, int limit) {
        String project =
                subscription.project() == null ? null : subscription.project().value();
        Filter filter = subscription.filter();
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
                    insert into webhook (id, project, url, secret_cipher, types, created_at, created_by,
                                         severity, instances, tags, form, aggregates)
                    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)) {
                insert.setObject(1, subscription.id());
                insert.setString(2, project);
                insert.setString(3, subscription.url().toString());
                insert.setBytes(4, seal.seal(subscription.id(), subscription.secret()));
                insert.setArray(
                        5, connection.createArrayOf("text", filter.types().toArray()));
                insert.setObject(6, utc(subscription.createdAt()));
                insert.setString(7, subscription.createdBy());
                insert.setString(8, filter.least().name());
                insert.setArray(
                        9, connection.createArrayOf("uuid", filter.instances().toArray()));
                insert.setArray(
                        10, connection.createArrayOf("text", filter.tags().toArray()));
                insert.setString(11, subscription.form().name());
                insert.setArray(
                        12, connection.createArrayOf("uuid", filter.aggregates().toArray()));
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
    public boolean pause(UUID webhook) {
        return changed("update webhook set paused = true where id = ?", webhook);
    }

    @Override
    public boolean resume(UUID webhook) {
        return changed("update webhook set paused = false, enabled = true where id = ?", webhook);
    }

    @Override
    public List<Webhooks.Attempt> attempts(UUID webhook) {
        return in(connection -> Attempts.newest(connection, webhook));
    }

    @Override
    public void note(UUID webhook, Webhooks.Attempt attempt) {
        in(connection -> {
            Attempts.add(connection, Map.of(webhook, List.of(attempt)));
            return attempt;
        });
    }

    @Override
    public List<Webhooks.DeadLetter> deadLetters(UUID webhook, int limit) {
        return in(connection -> Attempts.dead(connection, webhook, limit));
    }

    @Override
    public int revive(UUID webhook, @Nullable UUID fact, Instant now) {
        return in(connection -> Attempts.revive(connection, webhook, fact, now));
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
            List<Long> places = new ArrayList<>();
            List<Fact> facts = new ArrayList<>();
            try (PreparedStatement batch = connection.prepareStatement("""
                    select seq, id, type, subject, project, at, data from outbox
                    where dispatched_at is null order by seq limit ? for update
                    """)) {
                batch.setInt(1, limit);
                try (ResultSet row = batch.executeQuery()) {
                    while (row.next()) {
                        places.add(row.getLong("seq"));
                        facts.add(fact(row));
                    }
                }
            }
            if (facts.isEmpty()) {
                return 0;
            }
            deliver(connection, facts, Set.of(), now, now);
            try (PreparedStatement dispatch = connection.prepareStatement("""
                    with placed as materialized (
                        select seq, nextval('outbox_place') as place from unnest(?::bigint[]) as batch (seq))
                    update outbox o set dispatched_at = ?, place = b.place from placed b where o.seq = b.seq
                    """)) {
                dispatch.setArray(1, connection.createArrayOf("bigint", places.toArray()));
                dispatch.setObject(2, utc(now));
                return dispatch.executeUpdate();
            }
        });
    }

    @Override
    public void settle(List<Told> told, List<Outcome> outcomes, Instant now) {
        in(connection -> {
            if (!told.isEmpty()) {
                // In one order everywhere, so that two settlers cannot wait for each other.
                lock(
                        connection,
                        told.stream()
                                .map(one -> one.fact().subject())
                                .sorted()
                                .distinct()
                                .toList());
                // After the subjects: who dispatches holds this one and waits for none of those.
                lockPlaces(connection);
                record(connection, told, now);
            }
            List<Outcome> ordered = outcomes.stream()
                    .sorted(Comparator.comparing(Outcome::webhook).thenComparing(Outcome::fact))
                    .toList();
            Map<UUID, List<Webhooks.Attempt>> attempts = new LinkedHashMap<>();
            settle(connection, ordered);
            for (Outcome outcome : outcomes) {
                Webhooks.Attempt attempt = outcome.attempt();
                if (attempt != null) {
                    attempts.computeIfAbsent(outcome.webhook(), id -> new ArrayList<>())
                            .add(attempt);
                }
            }
            Attempts.add(connection, attempts);
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
                        where w.enabled and not w.paused order by first.id limit ?)
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
    public OptionalLong holdPlace(String sink, UUID holder, Instant now, Duration hold) {
        return in(connection -> {
            try (PreparedStatement insert = connection.prepareStatement("""
                    insert into sink_place (sink, place) select ?, coalesce(max(place), 0) from outbox
                    on conflict (sink) do nothing
                    """)) {
                insert.setString(1, sink);
                insert.executeUpdate();
            }
            try (PreparedStatement take = connection.prepareStatement("""
                    update sink_place set holder = ?, held_until = ?
                    where sink = ? and (holder = ? or held_until <= ?) returning place
                    """)) {
                take.setObject(1, holder);
                take.setObject(2, utc(now.plus(hold)));
                take.setString(3, sink);
                take.setObject(4, holder);
                take.setObject(5, utc(now));
                try (ResultSet row = take.executeQuery()) {
                    return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
                }
            }
        });
    }

    @Override
    public boolean movePlace(String sink, UUID holder, long place) {
        return in(connection -> {
            try (PreparedStatement move =
                    connection.prepareStatement("update sink_place set place = ? where sink = ? and holder = ?")) {
                move.setLong(1, place);
                move.setString(2, sink);
                move.setObject(3, holder);
                return move.executeUpdate() == 1;
            }
        });
    }

    @Override
    public void dropSinksBut(Set<String> sinks) {
        in(connection -> {
            try (PreparedStatement drop = connection.prepareStatement("delete from sink_place where sink <> all (?)")) {
                drop.setArray(1, connection.createArrayOf("text", sinks.toArray()));
                return drop.executeUpdate();
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
            try (PreparedStatement paused = connection.prepareStatement("""
                    update webhook_delivery d set state = 'DEAD', last_error = 'paused for longer than facts are kept'
                    from outbox f, webhook w
                    where f.id = d.fact_id and w.id = d.webhook_id and f.dispatched_at < ?
                      and w.paused and d.state = 'PENDING'
                    """)) {
                paused.setObject(1, utc(before));
                paused.executeUpdate();
            }
            try (PreparedStatement facts = connection.prepareStatement("""
                    delete from outbox f where f.dispatched_at < ?
                      and not exists (select 1 from webhook_delivery d where d.fact_id = f.id)
                      and not exists (select 1 from sink_place s where s.place < f.place)
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

    /** A host with a thousand instances has them all told at once: what is one statement for each takes seconds then. */
    private static void record(Connection connection, List<Told> told, Instant now) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into outbox (id, type, subject, project, at, data, dispatched_at, place)
                values (?, ?, ?, ?, ?, ?::jsonb, ?, nextval('outbox_place')) on conflict (id) do nothing
                """)) {
            for (Told one : told) {
                Fact fact = one.fact();
                insert.setObject(1, fact.id());
                insert.setString(2, fact.type());
                insert.setString(3, fact.subject());
                insert.setString(
                        4, fact.project() == null ? null : fact.project().value());
                insert.setObject(5, utc(fact.at()));
                insert.setString(6, json(fact.data()));
                insert.setObject(7, utc(now));
                insert.addBatch();
            }
            insert.executeBatch();
        }
        // Those of one telling were mostly tried with the same subscribers; in order all the same.
        int from = 0;
        for (int to = 1; to <= told.size(); to++) {
            Told first = told.get(from);
            if (to == told.size()
                    || !told.get(to).tried().equals(first.tried())
                    || !told.get(to).notBefore().equals(first.notBefore())) {
                deliver(
                        connection,
                        told.subList(from, to).stream().map(Told::fact).toList(),
                        first.tried(),
                        first.notBefore(),
                        now);
                from = to;
            }
        }
    }

    /**
     * Makes the deliveries of facts that are in the outbox.
     *
     * @param tried the webhooks that an attempt was made on already
     * @param notBefore when theirs are due
     */
    private static void deliver(
            Connection connection, List<Fact> facts, Set<UUID> tried, Instant notBefore, Instant now)
            throws SQLException {
        List<Audiences.Match> matches = Audiences.of(connection, facts);
        if (matches.isEmpty()) {
            return;
        }
        // A webhook that is deleted meanwhile takes its row with it, and gets no delivery.
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into webhook_delivery (webhook_id, fact_seq, fact_id, subject, attempts, next_attempt_at)
                select w.id, f.seq, f.id, f.subject,
                       case when w.id = any (?) then 1 else 0 end,
                       case when w.id = any (?) then ?::timestamptz else ?::timestamptz end
                from unnest(?::uuid[], ?::uuid[]) with ordinality as made (webhook, fact, nr)
                join webhook w on w.id = made.webhook join outbox f on f.id = made.fact
                order by made.nr
                on conflict (webhook_id, fact_id) do nothing
                """)) {
            Array triedArray = connection.createArrayOf("uuid", tried.toArray());
            insert.setArray(1, triedArray);
            insert.setArray(2, triedArray);
            insert.setObject(3, utc(notBefore));
            insert.setObject(4, utc(now));
            insert.setArray(
                    5,
                    connection.createArrayOf(
                            "uuid",
                            matches.stream().map(Audiences.Match::webhook).toArray()));
            insert.setArray(
                    6,
                    connection.createArrayOf(
                            "uuid",
                            matches.stream()
                                    .map(match -> facts.get(match.fact()).id())
                                    .toArray()));
            insert.executeUpdate();
        }
    }

    private static void settle(Connection connection, List<Outcome> outcomes) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                update webhook_delivery
                set state = ?, last_error = ?, delivered_at = ?, next_attempt_at = coalesce(?, next_attempt_at)
                where webhook_id = ? and fact_id = ? and state = 'PENDING'
                """)) {
            for (Outcome outcome : outcomes) {
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
                update.addBatch();
            }
            update.executeBatch();
        }
    }

    private List<Webhooks.Webhook> views(String where, @Nullable String parameter) {
        return in(connection -> {
            try (PreparedStatement query = connection.prepareStatement("""
                    select w.id, w.project, w.url, w.types, w.severity, w.instances, w.tags, w.aggregates, w.form,
                        w.created_at, w.created_by, w.enabled, w.paused,
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
                                Audiences.filter(row),
                                Webhooks.Form.valueOf(row.getString("form")),
                                state(row),
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

    private boolean changed(String update, UUID webhook) {
        return in(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(update)) {
                statement.setObject(1, webhook);
                return statement.executeUpdate() == 1;
            }
        });
    }

    private <T> T in(ReturningWork<T> work) {
        return store.inTransaction(session -> session.doReturningWork(work));
    }

    private static void lock(Connection connection, String subject) throws SQLException {
        lock(connection, List.of(subject));
    }

    /** In the order in which they are given. */
    private static void lock(Connection connection, List<String> subjects) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement("""
                select pg_current_xact_id(), pg_advisory_xact_lock(hashtextextended(subject, ?))
                from unnest(?::text[]) as given (subject)
                """)) {
            lock.setLong(1, SUBJECT_LOCKS);
            lock.setArray(2, connection.createArrayOf("text", subjects.toArray()));
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

    private static Webhooks.State state(ResultSet row) throws SQLException {
        if (!row.getBoolean("enabled")) {
            return Webhooks.State.DISABLED;
        }
        return row.getBoolean("paused") ? Webhooks.State.PAUSED : Webhooks.State.ACTIVE;
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
