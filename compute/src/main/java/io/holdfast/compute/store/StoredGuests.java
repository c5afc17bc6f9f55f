package io.holdfast.compute.store;

import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.core.GuestNews;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.store.Outbox;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Table {@code guest_state}, and the notices that come of what is written there, in the same transaction. */
final class StoredGuests {

    private static final Jdbc.Reader<GuestState> READER = row -> {
        String failure = row.getString("failure");
        String response = row.getString("response");
        Instant at = Jdbc.maybeInstant(row, "failed_at");
        String detail = row.getString("detail");
        GuestIncident last = failure == null || response == null || at == null
                ? null
                : new GuestIncident(
                        row.getLong("number"),
                        GuestFailure.valueOf(failure),
                        GuestResponse.valueOf(response),
                        row.getInt("restarts"),
                        detail == null ? "" : detail,
                        at);
        return new GuestState(
                Generation.of(row.getLong("generation")),
                GuestHealth.valueOf(row.getString("health")),
                last,
                row.getBoolean("open"));
    };

    private StoredGuests() {}

    static GuestState of(Session session, InstanceId instance) {
        return Jdbc.first(session, READER, "select * from guest_state where instance_id = ?", instance.value())
                .orElse(GuestState.NONE);
    }

    /** Of those among these of whom anything was ever said. */
    static Map<InstanceId, GuestState> of(Session session, Collection<UUID> instances) {
        Map<InstanceId, GuestState> found = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> Map.entry(InstanceId.of(row.getObject("instance_id", UUID.class)), READER.read(row)),
                        "select * from guest_state where instance_id = any(?)",
                        (Object) instances.toArray(UUID[]::new))
                .forEach(one -> found.put(one.getKey(), one.getValue()));
        return found;
    }

    /**
     * Takes what a report that counts says of a guest.
     *
     * @param instance locked
     * @param guests what is known of guests, read after the instance was locked; written on
     */
    static void take(
            Session session,
            Instance instance,
            Map<InstanceId, GuestState> guests,
            HostId home,
            InstanceReport report,
            Instant now) {
        GuestState known = guests.getOrDefault(instance.id(), GuestState.NONE);
        GuestNews.News news = GuestNews.of(known, report);
        if (known.equals(GuestState.NONE)
                && news.next().last() == null
                && news.next().health() == GuestHealth.UNKNOWN) {
            return;
        }
        if (!news.next().equals(known)) {
            write(session, instance.id(), news.next(), now);
            guests.put(instance.id(), news.next());
        }
        for (GuestNews.Notice notice : news.notices()) {
            Outbox.append(session, fact(instance, home, notice, news.next().last(), now));
        }
    }

    private static Fact fact(
            Instance instance, HostId home, GuestNews.Notice notice, @Nullable GuestIncident last, Instant now) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("instanceId", instance.id().toString());
        data.put("name", instance.name());
        data.put("policy", instance.policy().name());
        data.put("host", home.value());
        data.put("reason", notice.reason());
        if (last != null) {
            data.put("failure", last.failure().name());
            data.put("response", last.response().name());
            data.put("restarts", last.restarts());
            data.put("failedAt", last.at().toString());
        }
        return new Fact(UUID.randomUUID(), notice.type(), "instance/" + instance.id(), instance.project(), now, data);
    }

    private static void write(Session session, InstanceId instance, GuestState state, Instant now) {
        GuestIncident last = state.last();
        Jdbc.update(
                session,
                "insert into guest_state (instance_id, generation, health, number, failure, response, restarts, detail,"
                        + " failed_at, open, updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                        + " on conflict (instance_id) do update set generation = excluded.generation,"
                        + " health = excluded.health, number = excluded.number, failure = excluded.failure,"
                        + " response = excluded.response, restarts = excluded.restarts, detail = excluded.detail,"
                        + " failed_at = excluded.failed_at, open = excluded.open, updated_at = excluded.updated_at",
                instance.value(),
                state.generation().value(),
                state.health().name(),
                last == null ? 0L : last.number(),
                last == null ? null : last.failure().name(),
                last == null ? null : last.response().name(),
                last == null ? 0 : last.restarts(),
                last == null ? null : last.detail(),
                last == null ? null : last.at(),
                state.open(),
                now);
    }
}
