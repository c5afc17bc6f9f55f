package io.holdfast.compute.store;

import io.holdfast.compute.Advisories;
import io.holdfast.compute.Advisory;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.HostAdvice;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Tables {@code host_advisory} and {@code host_weight}.
 *
 * <p>What if we die here: each verb is one transaction. A word whose time is over does nothing from that moment, whether or not
 * somebody has removed its row; only the telling waits for the leader.
 */
public final class StoredAdvisories implements Advisories {

    private static final String KIND = "[a-z][a-z0-9-]{0,63}";
    private static final int DETAIL_MAX = 255;

    private final Store store;
    private final Predicate<String> drains;
    private final InstantSource clock;

    /** @param drains kinds of which owners hear that their instances should leave the host */
    public StoredAdvisories(Store store, Predicate<String> drains, InstantSource clock) {
        this.store = store;
        this.drains = drains;
        this.clock = clock;
    }

    @Override
    public Map<HostId, HostAdvice> inForce() {
        return store.inTransaction(session -> inForce(session, clock.instant()));
    }

    static Map<HostId, HostAdvice> inForce(Session session, Instant now) {
        Map<HostId, List<Advisory>> words = new HashMap<>();
        Jdbc.list(
                        session,
                        StoredAdvisories::read,
                        "select host, kind, source, detail, since, until from host_advisory where until > ?"
                                + " order by host, kind, source",
                        now)
                .forEach(one -> words.computeIfAbsent(one.host(), ignored -> new ArrayList<>())
                        .add(one));
        Map<HostId, HostAdvice> all = new HashMap<>();
        words.forEach((host, list) -> all.put(host, new HostAdvice(list, 0)));
        Jdbc.list(
                        session,
                        row -> Map.entry(HostId.of(row.getString(1)), row.getDouble(2)),
                        "select host, weight from host_weight")
                .forEach(one -> all.merge(
                        one.getKey(),
                        new HostAdvice(List.of(), one.getValue()),
                        (said, set) -> new HostAdvice(said.advisories(), set.weight())));
        return all;
    }

    @Override
    public Advisory post(HostId host, String kind, String source, String detail, Duration timeToLive) {
        requireSayable(kind, detail, timeToLive);
        return store.inTransaction(session -> {
            Instant now = clock.instant();
            // Two who post at once must not both find room for one more.
            lock(session, host);
            Advisory before = find(session, host, kind, source, now);
            Advisory after = new Advisory(
                    host, kind, source, detail, before == null ? now : before.since(), now.plus(timeToLive));
            if (before == null) {
                requireRoom(session, host, now);
            }
            Jdbc.update(
                    session,
                    "insert into host_advisory (host, kind, source, detail, since, until) values (?, ?, ?, ?, ?, ?)"
                            + " on conflict (host, kind, source) do update set detail = excluded.detail,"
                            + " since = excluded.since, until = excluded.until",
                    host.value(),
                    kind,
                    source,
                    detail,
                    after.since(),
                    after.until());
            if (before == null) {
                tell(session, after, now);
            }
            return after;
        });
    }

    @Override
    public void withdraw(HostId host, String kind, String source) {
        store.inTransactionDo(session -> {
            lock(session, host);
            Instant now = clock.instant();
            Advisory before = find(session, host, kind, source, now);
            if (before == null) {
                throw new ComputeException(
                        Kind.NOT_FOUND,
                        "Nothing of kind " + kind + " by " + source + " is in force for host " + host + ".");
            }
            Jdbc.update(
                    session,
                    "delete from host_advisory where host = ? and kind = ? and source = ?",
                    host.value(),
                    kind,
                    source);
            tellEnd(session, before, "withdrawn", now);
        });
    }

    @Override
    public void weigh(HostId host, double weight, String by) {
        // Written so that "not a number" is refused too: every comparison with it is false.
        if (!(weight >= -WEIGHT_MAX && weight <= WEIGHT_MAX)) {
            throw new ComputeException(
                    Kind.INVALID, "weight must be between " + -WEIGHT_MAX + " and " + WEIGHT_MAX + ", is " + weight);
        }
        store.inTransactionDo(session -> {
            lock(session, host);
            if (weight == 0) {
                Jdbc.update(session, "delete from host_weight where host = ?", host.value());
                return;
            }
            Jdbc.update(
                    session,
                    "insert into host_weight (host, weight, set_by, since) values (?, ?, ?, ?)"
                            + " on conflict (host) do update set weight = excluded.weight, set_by = excluded.set_by,"
                            + " since = excluded.since",
                    host.value(),
                    weight,
                    by,
                    clock.instant());
        });
    }

    @Override
    public int expire() {
        return store.inTransaction(session -> {
            Instant now = clock.instant();
            // By the database's own choice of rows: who renews a word at this moment waits for us, and then posts it
            // anew.
            List<Advisory> over = Jdbc.list(
                    session,
                    StoredAdvisories::read,
                    "delete from host_advisory where until <= ? returning host, kind, source, detail, since, until",
                    now);
            over.forEach(each -> tellEnd(session, each, "its time is over", now));
            return over.size();
        });
    }

    private static void requireSayable(String kind, String detail, Duration timeToLive) {
        if (!kind.matches(KIND)) {
            throw new ComputeException(
                    Kind.INVALID,
                    "a kind is 1 to 64 lower-case letters, digits and hyphens, and begins with a letter; '" + kind
                            + "' is not");
        }
        if (detail.length() > DETAIL_MAX || detail.chars().anyMatch(Character::isISOControl)) {
            throw new ComputeException(
                    Kind.INVALID, "detail must have at most " + DETAIL_MAX + " printable characters");
        }
        if (timeToLive.compareTo(Duration.ofSeconds(1)) < 0 || timeToLive.compareTo(TIME_TO_LIVE_MAX) > 0) {
            throw new ComputeException(
                    Kind.INVALID,
                    "what is said of a host is in force for 1 s to " + TIME_TO_LIVE_MAX.toDays() + " days, not for "
                            + timeToLive);
        }
    }

    private static void requireRoom(Session session, HostId host, Instant now) {
        long there = Jdbc.first(
                        session,
                        row -> row.getLong(1),
                        "select count(*) from host_advisory where host = ? and until > ?",
                        host.value(),
                        now)
                .orElse(0L);
        if (there >= PER_HOST_MAX) {
            throw new ComputeException(
                    Kind.INVALID,
                    PER_HOST_MAX + " things are said of host " + host
                            + " already; withdraw one, or let its time pass, before another is said");
        }
    }

    private static void lock(Session session, HostId host) {
        if (Jdbc.first(session, row -> row.getString(1), "select id from host where id = ? for update", host.value())
                .isEmpty()) {
            throw new ComputeException(Kind.NOT_FOUND, "Host " + host + " could not be found.");
        }
    }

    private static @Nullable Advisory find(Session session, HostId host, String kind, String source, Instant now) {
        return Jdbc.first(
                        session,
                        StoredAdvisories::read,
                        "select host, kind, source, detail, since, until from host_advisory"
                                + " where host = ? and kind = ? and source = ? and until > ?",
                        host.value(),
                        kind,
                        source,
                        now)
                .orElse(null);
    }

    private static Advisory read(ResultSet row) throws SQLException {
        return new Advisory(
                HostId.of(row.getString("host")),
                row.getString("kind"),
                row.getString("source"),
                row.getString("detail"),
                Jdbc.instant(row, "since"),
                Jdbc.instant(row, "until"));
    }

    private void tell(Session session, Advisory said, Instant now) {
        Outbox.append(session, fact("host.advised", "host/" + said.host(), null, now, data(said)));
        if (!drains.test(said.kind())) {
            return;
        }
        Jdbc.list(
                        session,
                        row -> Map.entry(row.getObject("id", UUID.class), row.getString("project")),
                        "select id, project from instance where host = ? and deleted_at is null",
                        said.host().value())
                .forEach(one -> {
                    // An owner hears neither which host it is nor what operators' monitors write of it.
                    Map<String, Object> data = new HashMap<>();
                    data.put("host", said.host().value());
                    data.put("kind", said.kind());
                    data.put("reason", "its host is said to be " + said.kind());
                    data.put("until", said.until().toString());
                    data.put("instance", one.getKey().toString());
                    Outbox.append(
                            session,
                            fact(
                                    "instance.leave-advised",
                                    "instance/" + one.getKey(),
                                    ProjectId.of(one.getValue()),
                                    now,
                                    data));
                });
    }

    private static void tellEnd(Session session, Advisory said, String why, Instant now) {
        Map<String, Object> data = data(said);
        data.put("reason", why);
        Outbox.append(session, fact("host.advisory-ended", "host/" + said.host(), null, now, data));
    }

    private static Map<String, Object> data(Advisory said) {
        Map<String, Object> data = new HashMap<>();
        data.put("host", said.host().value());
        data.put("kind", said.kind());
        data.put("source", said.source());
        data.put("reason", said.detail().isEmpty() ? said.kind() : said.detail());
        data.put("until", said.until().toString());
        return data;
    }

    private static Fact fact(
            String type, String subject, @Nullable ProjectId project, Instant at, Map<String, Object> data) {
        return new Fact(UUID.randomUUID(), type, subject, project, at, data);
    }
}
