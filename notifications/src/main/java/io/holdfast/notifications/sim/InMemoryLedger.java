package io.holdfast.notifications.sim;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.Webhooks;
import io.holdfast.notifications.core.Audience;
import io.holdfast.notifications.core.Filter;
import io.holdfast.notifications.core.SubjectOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A ledger that forgets everything with the process: for simulations, and for tests of what stands on a ledger. */
public final class InMemoryLedger implements Ledger {

    private final Map<UUID, Hook> hooks = new LinkedHashMap<>();
    private final Map<UUID, Row> outbox = new LinkedHashMap<>();
    private final Map<Key, Entry> deliveries = new LinkedHashMap<>();
    private final Map<String, Set<String>> tagsOf = new HashMap<>();
    private final Map<UUID, Set<String>> aggregates = new HashMap<>();
    private final Map<String, String> homes = new HashMap<>();
    private final Map<String, Place> places = new HashMap<>();
    private long newest;
    private @Nullable RuntimeException failure;

    /** What a transaction of somebody else's does: a fact that nobody has dispatched yet. */
    public synchronized void append(Fact fact) {
        available();
        outbox.put(fact.id(), new Row(fact));
    }

    /** From now on every verb throws this, as when the database is down; null ends it. */
    public synchronized void fail(@Nullable RuntimeException with) {
        failure = with;
    }

    @Override
    public synchronized List<Subscription> subscriptions() {
        available();
        return hooks.values().stream()
                .filter(hook -> hook.enabled && !hook.paused)
                .map(hook -> hook.subscription)
                .toList();
    }

    @Override
    public synchronized Optional<Subscription> subscription(UUID webhook) {
        available();
        return Optional.ofNullable(hooks.get(webhook)).map(hook -> hook.subscription);
    }

    @Override
    public synchronized void add(Subscription subscription, int limit) {
        available();
        long present = hooks.values().stream()
                .filter(hook -> Objects.equals(hook.subscription.project(), subscription.project()))
                .count();
        if (present >= limit) {
            throw new IllegalArgumentException(present + " webhooks, and " + limit + " is the limit; delete one first");
        }
        hooks.put(subscription.id(), new Hook(subscription));
    }

    @Override
    public synchronized boolean delete(UUID webhook) {
        available();
        deliveries.keySet().removeIf(key -> key.webhook.equals(webhook));
        return hooks.remove(webhook) != null;
    }

    @Override
    public synchronized boolean pause(UUID webhook) {
        available();
        Hook hook = hooks.get(webhook);
        if (hook != null) {
            hook.paused = true;
        }
        return hook != null;
    }

    @Override
    public synchronized boolean resume(UUID webhook) {
        available();
        Hook hook = hooks.get(webhook);
        if (hook != null) {
            hook.paused = false;
            hook.enabled = true;
        }
        return hook != null;
    }

    @Override
    public synchronized List<Webhooks.Attempt> attempts(UUID webhook) {
        available();
        Hook hook = hooks.get(webhook);
        return hook == null ? List.of() : List.copyOf(hook.attempts).reversed();
    }

    @Override
    public synchronized void note(UUID webhook, Webhooks.Attempt attempt) {
        available();
        Hook hook = hooks.get(webhook);
        if (hook != null) {
            hook.attempts.add(attempt);
            if (hook.attempts.size() > ATTEMPTS_KEPT) {
                hook.attempts.removeFirst();
            }
        }
    }

    @Override
    public synchronized List<Webhooks.DeadLetter> deadLetters(UUID webhook, int limit) {
        available();
        return deliveries.entrySet().stream()
                .filter(one -> one.getKey().webhook.equals(webhook) && one.getValue().state == State.DEAD)
                .limit(limit)
                .map(Map.Entry::getValue)
                .map(dead -> new Webhooks.DeadLetter(
                        dead.fact.id(),
                        dead.fact.type(),
                        dead.fact.subject(),
                        dead.fact.at(),
                        dead.attempts,
                        dead.error))
                .toList();
    }

    @Override
    public synchronized int revive(UUID webhook, @Nullable UUID fact, Instant now) {
        available();
        int revived = 0;
        for (Map.Entry<Key, Entry> one : deliveries.entrySet()) {
            if (one.getKey().webhook.equals(webhook)
                    && one.getValue().state == State.DEAD
                    && (fact == null || fact.equals(one.getKey().fact))) {
                one.getValue().state = State.PENDING;
                one.getValue().notBefore = now;
                revived++;
            }
        }
        return revived;
    }

    /** Where a sink stands; -1 before it has asked the first time. */
    public synchronized long place(String sink) {
        Place place = places.get(sink);
        return place == null ? -1 : place.at;
    }

    /** What the owner of an instance has tagged it with. */
    public synchronized void tag(UUID instance, Set<String> tags) {
        tagsOf.put(instance.toString(), Set.copyOf(tags));
    }

    /** Which hosts an operator has put together. */
    public synchronized void aggregate(UUID aggregate, Set<String> hosts) {
        aggregates.put(aggregate, Set.copyOf(hosts));
    }

    /** Where an instance is. */
    public synchronized void home(UUID instance, String host) {
        homes.put(instance.toString(), host);
    }

    private Filter.Surroundings surroundings(Fact fact) {
        String instance = Filter.instanceOf(fact);
        Set<String> hosts = new HashSet<>(Filter.hostsOf(fact));
        if (hosts.isEmpty() && homes.containsKey(instance)) {
            hosts.add(homes.get(instance));
        }
        return new Filter.Surroundings(
                tagsOf.getOrDefault(instance, Set.of()),
                aggregates.entrySet().stream()
                        .filter(each -> each.getValue().stream().anyMatch(hosts::contains))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet()));
    }

    @Override
    public synchronized void disable(UUID webhook, String why) {
        available();
        Hook hook = hooks.get(webhook);
        if (hook == null) {
            return;
        }
        hook.enabled = false;
        deliveries.forEach((key, entry) -> {
            if (key.webhook.equals(webhook) && entry.state == State.PENDING) {
                entry.state = State.DEAD;
                entry.error = why;
            }
        });
    }

    @Override
    public synchronized List<Webhooks.Webhook> list(@Nullable ProjectId project) {
        available();
        return hooks.values().stream()
                .filter(hook -> project == null || project.equals(hook.subscription.project()))
                .map(this::view)
                .toList();
    }

    @Override
    public synchronized Optional<Webhooks.Webhook> find(UUID webhook) {
        available();
        return Optional.ofNullable(hooks.get(webhook)).map(this::view);
    }

    @Override
    public synchronized int dispatch(int limit, Instant now) {
        available();
        int dispatched = 0;
        for (Row row : outbox.values()) {
            if (row.dispatchedAt == null && dispatched < limit) {
                row.dispatch(now, ++newest);
                deliver(row.fact, Set.of(), now, now);
                dispatched++;
            }
        }
        return dispatched;
    }

    @Override
    public synchronized void settle(List<Told> told, List<Outcome> outcomes, Instant now) {
        available();
        for (Told one : told) {
            Row row = outbox.computeIfAbsent(one.fact().id(), id -> new Row(one.fact()));
            if (row.dispatchedAt == null) {
                row.dispatch(now, ++newest);
            }
            deliver(one.fact(), one.tried(), one.notBefore(), now);
        }
        for (Outcome outcome : outcomes) {
            Webhooks.Attempt attempt = outcome.attempt();
            if (attempt != null) {
                note(outcome.webhook(), attempt);
            }
            Entry entry = deliveries.get(new Key(outcome.webhook(), outcome.fact()));
            if (entry == null || entry.state != State.PENDING) {
                continue;
            }
            switch (outcome) {
                case Outcome.Delivered delivered -> {
                    entry.state = State.DELIVERED;
                    entry.error = "";
                }
                case Outcome.Again again -> {
                    entry.error = again.error();
                    entry.notBefore = again.notBefore();
                }
                case Outcome.Dead dead -> {
                    entry.state = State.DEAD;
                    entry.error = dead.error();
                }
            }
        }
    }

    @Override
    public synchronized List<Delivery> claim(Instant now, Duration hold, int perWebhook, int limit) {
        available();
        List<SubjectOrder.Waiting> waiting = deliveries.entrySet().stream()
                .filter(one -> one.getValue().state == State.PENDING && isServed(one.getKey().webhook))
                .map(one -> new SubjectOrder.Waiting(
                        one.getKey().webhook,
                        one.getValue().fact.subject(),
                        one.getKey().fact,
                        one.getValue().notBefore))
                .toList();
        List<Delivery> claimed = new ArrayList<>();
        for (SubjectOrder.Waiting one : SubjectOrder.mayLeave(waiting, now, perWebhook, limit)) {
            Entry entry = Objects.requireNonNull(deliveries.get(new Key(one.webhook(), one.fact())));
            entry.attempts++;
            entry.notBefore = now.plus(hold);
            claimed.add(new Delivery(one.webhook(), entry.fact, entry.attempts));
        }
        return claimed;
    }

    @Override
    public synchronized List<Feed.Numbered> after(long after, @Nullable ProjectId project, int limit) {
        available();
        return outbox.values().stream()
                .filter(row ->
                        row.dispatchedAt != null && row.number > after && Audience.mayKnow(row.fact.project(), project))
                .sorted(Comparator.comparingLong((Row row) -> row.number))
                .limit(limit)
                .map(row -> new Feed.Numbered(row.number, row.fact))
                .toList();
    }

    @Override
    public synchronized long newest() {
        available();
        return newest;
    }

    @Override
    public synchronized OptionalLong holdPlace(String sink, UUID holder, Instant now, Duration hold) {
        available();
        Place place = places.computeIfAbsent(sink, name -> new Place(newest, holder, now));
        if (!place.holder.equals(holder) && place.until.isAfter(now)) {
            return OptionalLong.empty();
        }
        places.put(sink, new Place(place.at, holder, now.plus(hold)));
        return OptionalLong.of(place.at);
    }

    @Override
    public synchronized boolean movePlace(String sink, UUID holder, long place) {
        available();
        Place held = places.get(sink);
        if (held == null || !held.holder.equals(holder)) {
            return false;
        }
        places.put(sink, new Place(place, holder, held.until));
        return true;
    }

    @Override
    public synchronized void dropSinksBut(Set<String> sinks) {
        available();
        places.keySet().retainAll(sinks);
    }

    @Override
    public synchronized int forget(Instant before) {
        available();
        int size = outbox.size();
        deliveries
                .entrySet()
                .removeIf(one -> one.getValue().state != State.PENDING && isOld(one.getKey().fact, before));
        deliveries.forEach((key, entry) -> {
            if (entry.state == State.PENDING && isPaused(key.webhook) && isOld(key.fact, before)) {
                entry.state = State.DEAD;
                entry.error = "paused for longer than facts are kept";
            }
        });
        outbox.entrySet()
                .removeIf(one -> isOld(one.getKey(), before)
                        && places.values().stream().allMatch(place -> one.getValue().number <= place.at)
                        && deliveries.keySet().stream().noneMatch(key -> key.fact.equals(one.getKey())));
        return size - outbox.size();
    }

    private boolean isServed(UUID webhook) {
        Hook hook = hooks.get(webhook);
        return hook != null && hook.enabled && !hook.paused;
    }

    private boolean isPaused(UUID webhook) {
        Hook hook = hooks.get(webhook);
        return hook != null && hook.paused;
    }

    private boolean isOld(UUID fact, Instant before) {
        Row row = outbox.get(fact);
        return row != null && row.dispatchedAt != null && row.dispatchedAt.isBefore(before);
    }

    private void deliver(Fact fact, Set<UUID> tried, Instant notBefore, Instant now) {
        Filter.Surroundings surroundings = surroundings(fact);
        for (Hook hook : hooks.values()) {
            Subscription to = hook.subscription;
            if (hook.enabled && Audience.concerns(fact, to.project(), to.filter(), surroundings)) {
                boolean isTried = tried.contains(to.id());
                deliveries.computeIfAbsent(
                        new Key(to.id(), fact.id()),
                        key -> new Entry(fact, isTried ? 1 : 0, isTried ? notBefore : now));
            }
        }
    }

    private Webhooks.Webhook view(Hook hook) {
        long pending = 0;
        long dead = 0;
        String error = "";
        for (Map.Entry<Key, Entry> one : deliveries.entrySet()) {
            if (one.getKey().webhook.equals(hook.subscription.id())) {
                Entry entry = one.getValue();
                pending += entry.state == State.PENDING ? 1 : 0;
                dead += entry.state == State.DEAD ? 1 : 0;
                error = entry.error.isEmpty() ? error : entry.error;
            }
        }
        Subscription from = hook.subscription;
        return new Webhooks.Webhook(
                from.id(),
                from.project(),
                from.url(),
                from.filter(),
                from.form(),
                !hook.enabled ? Webhooks.State.DISABLED : hook.paused ? Webhooks.State.PAUSED : Webhooks.State.ACTIVE,
                from.createdAt(),
                from.createdBy(),
                pending,
                dead,
                hook.enabled ? error : "disabled: " + error);
    }

    private void available() {
        if (failure != null) {
            throw failure;
        }
    }

    private enum State {
        PENDING,
        DELIVERED,
        DEAD
    }

    private record Place(long at, UUID holder, Instant until) {}

    private record Key(UUID webhook, UUID fact) {}

    private static final class Hook {
        private final Subscription subscription;
        private final List<Webhooks.Attempt> attempts = new ArrayList<>();
        private boolean enabled = true;
        private boolean paused;

        private Hook(Subscription subscription) {
            this.subscription = subscription;
        }
    }

    private static final class Row {
        private final Fact fact;
        private long number;
        private @Nullable Instant dispatchedAt;

        private Row(Fact fact) {
            this.fact = fact;
        }

        private void dispatch(Instant at, long place) {
            dispatchedAt = at;
            number = place;
        }
    }

    private static final class Entry {
        private final Fact fact;
        private int attempts;
        private Instant notBefore;
        private State state = State.PENDING;
        private String error = "";

        private Entry(Fact fact, int attempts, Instant notBefore) {
            this.fact = fact;
            this.attempts = attempts;
            this.notBefore = notBefore;
        }
    }
}
