package io.holdfast.placement.store;

import io.holdfast.compute.store.Jdbc;
import io.holdfast.placement.Allocation;
import io.holdfast.placement.AllocationWish;
import io.holdfast.placement.AllocationWish.Expected;
import io.holdfast.placement.Allocations;
import io.holdfast.placement.Consumer;
import io.holdfast.placement.InventoryWish;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.PlacementException.Problem;
import io.holdfast.placement.Provider;
import io.holdfast.placement.StandardWords;
import io.holdfast.placement.core.OfferRules;
import io.holdfast.placement.core.RoomRule;
import io.holdfast.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Allocations}: instances' claims as table {@code instance} has them, and tables {@code consumer} and {@code allocation}.
 *
 * <p>What a consumer takes of a host's processors, memory and disk is added to the host's own count, under the host's lock: whoever
 * claims the host for an instance meanwhile comes after that, and sees it. What if we die here: before the commit nothing happened,
 * after it all of it.
 */
public final class StoredAllocations implements Allocations {

    private static final Logger log = LoggerFactory.getLogger(StoredAllocations.class);

    /** Too small: refuses honest orchestrators; too large: the list of a provider's allocations does not fit an answer. */
    static final int CONSUMERS_MAX = 100_000;

    /** An instance has its home until its row says that it was deleted. */
    private static final String CLAIMS =
            "select i.id as consumer, i.generation, i.project, i.user_name, '" + Consumer.INSTANCE
                    + "' as type, h.uuid as provider, i.vcpus, i.memory_mib, i.disk_gib"
                    + " from instance i join host h on h.id = i.host where i.deleted_at is null";

    private static final String OTHERS = "select a.consumer, c.generation, c.project, c.user_name, c.type, a.provider,"
            + " a.resource_class, a.amount from allocation a join consumer c on c.uuid = a.consumer";

    private final Store store;
    private final Changes changes;
    private final InstantSource clock;

    public StoredAllocations(Store store, StoredProviders providers, InstantSource clock) {
        this.store = store;
        this.changes = providers.changes();
        this.clock = clock;
    }

    @Override
    public List<Allocation> of(UUID consumer) {
        return store.inTransaction(session -> read(session, "i.id = ?", "a.consumer = ?", consumer));
    }

    @Override
    public List<Allocation> at(UUID provider) {
        return store.inTransaction(session -> read(session, "h.uuid = ?", "a.provider = ?", provider));
    }

    @Override
    public Map<String, Usage> usages(String project, @Nullable String user) {
        List<Allocation> all = store.inTransaction(session -> user == null
                ? read(session, "i.project = ?", "c.project = ?", project)
                : read(
                        session,
                        "i.project = ? and i.user_name = ?",
                        "c.project = ? and c.user_name = ?",
                        project,
                        user));
        Map<String, Map<String, Long>> amounts = new TreeMap<>();
        Map<String, Set<UUID>> consumers = new HashMap<>();
        all.forEach(one -> {
            String type = Objects.requireNonNullElse(one.consumer().type(), Usage.UNKNOWN);
            consumers
                    .computeIfAbsent(type, key -> new TreeSet<>())
                    .add(one.consumer().uuid());
            Map<String, Long> sums = amounts.computeIfAbsent(type, key -> new TreeMap<>());
            one.amounts().forEach((name, amount) -> sums.merge(name, amount, Long::sum));
        });
        Map<String, Usage> usages = new TreeMap<>();
        amounts.forEach((type, sums) -> usages.put(
                type, new Usage(consumers.getOrDefault(type, Set.of()).size(), sums)));
        return usages;
    }

    @Override
    public void put(List<AllocationWish> wishes) {
        store.inTransactionDo(session -> {
            Changes.begin(session);
            write(session, wishes);
        });
        log.info("allocations of {} consumers written", wishes.size());
    }

    @Override
    public void reshape(Map<UUID, Offer> offers, List<AllocationWish> wishes) {
        store.inTransactionDo(session -> {
            Changes.begin(session);
            Set<UUID> touched = new TreeSet<>(offers.keySet());
            wishes.forEach(wish -> {
                touched.addAll(wish.amounts().keySet());
                others(session, "a.consumer = ?", wish.consumer()).forEach(one -> touched.add(one.provider()));
            });
            Changes.lock(session, touched);
            // What goes away is offered until nobody has it any more.
            offers.forEach((id, offer) -> {
                Provider provider = changes.locked(session, id, offer.generation());
                Map<String, InventoryWish> both = new LinkedHashMap<>(OfferRules.asWishes(provider));
                both.putAll(offer.inventories());
                changes.offer(session, provider, both);
            });
            write(session, wishes);
            offers.forEach((id, offer) -> {
                changes.offer(session, changes.locked(session, id, null), offer.inventories());
                Changes.raise(session, id, clock.instant());
            });
        });
        log.info("{} resource providers reshaped, with allocations of {} consumers", offers.size(), wishes.size());
    }

    @Override
    public void delete(UUID consumer) {
        store.inTransactionDo(session -> {
            Changes.begin(session);
            requireNoInstance(session, consumer);
            Consumer known = find(session, consumer)
                    .orElseThrow(() -> new PlacementException(
                            Problem.NOT_FOUND, "No allocations for consumer '" + consumer + "'"));
            write(
                    session,
                    List.of(new AllocationWish(
                            consumer, Map.of(), known.project(), known.user(), null, new Expected.Anything())));
        });
        log.info("allocations of consumer {} deleted", consumer);
    }

    private void write(Session session, List<AllocationWish> wishes) {
        Map<UUID, Map<String, Long>> had = new TreeMap<>();
        Map<UUID, Map<String, Long>> wants = new TreeMap<>();
        Map<UUID, List<Allocation>> before = new HashMap<>();
        for (AllocationWish wish : wishes) {
            requireNoInstance(session, wish.consumer());
            requireExpected(session, wish);
            List<Allocation> own = others(session, "a.consumer = ?", wish.consumer());
            before.put(wish.consumer(), own);
            own.forEach(one -> one.amounts().forEach((name, amount) -> add(had, one.provider(), name, amount)));
            wish.amounts()
                    .forEach((provider, amounts) ->
                            amounts.forEach((name, amount) -> add(wants, provider, name, amount)));
        }
        Set<UUID> touched = new TreeSet<>(had.keySet());
        touched.addAll(wants.keySet());
        Changes.lock(session, touched);
        Map<UUID, Provider> providers = new HashMap<>();
        Set<String> known = StoredWords.resourceClasses(session);
        for (UUID id : touched) {
            Optional<Provider> provider = changes.snapshot().one(session, id);
            provider.ifPresent(one -> providers.put(id, one));
            Map<String, Long> wanted = wants.getOrDefault(id, Map.of());
            if (provider.isEmpty()) {
                throw new PlacementException(
                        Problem.INVALID, "Allocation for resource provider '" + id + "' that does not exist.");
            }
            wanted.keySet().stream()
                    .filter(name -> !known.contains(name))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new PlacementException(
                                Problem.INVALID,
                                "Unable to allocate inventory for resource provider '" + id
                                        + "': No such resource class " + name + ".");
                    });
        }
        for (AllocationWish wish : wishes) {
            Map<UUID, Map<String, Long>> own = new HashMap<>();
            before.getOrDefault(wish.consumer(), List.of()).forEach(one -> own.put(one.provider(), one.amounts()));
            wish.amounts()
                    .forEach((id, amounts) -> amounts.forEach((name, amount) -> RoomRule.requireDeal(
                            known(providers, id),
                            name,
                            own.getOrDefault(id, Map.of()).getOrDefault(name, 0L),
                            amount)));
        }
        wants.forEach((id, amounts) -> RoomRule.requireRoom(
                openAsItsRoot(session, known(providers, id)), had.getOrDefault(id, Map.of()), amounts));
        Instant now = clock.instant();
        wishes.forEach(wish -> store(session, wish, now));
        for (UUID id : touched) {
            if (known(providers, id).host()) {
                count(session, id, had.getOrDefault(id, Map.of()), wants.getOrDefault(id, Map.of()));
            }
            Changes.raise(session, id, now);
        }
    }

    private static Provider known(Map<UUID, Provider> providers, UUID id) {
        return Objects.requireNonNull(providers.get(id));
    }

    private static void add(Map<UUID, Map<String, Long>> sums, UUID provider, String name, long amount) {
        sums.computeIfAbsent(provider, id -> new TreeMap<>()).merge(name, amount, Long::sum);
    }

    /** A part of a host takes no claims while the host takes none. */
    private Provider openAsItsRoot(Session session, Provider provider) {
        if (provider.root().equals(provider.uuid())) {
            return provider;
        }
        boolean open = changes.snapshot()
                .one(session, provider.root())
                .map(Provider::open)
                .orElse(true);
        return open
                ? provider
                : new Provider(
                        provider.uuid(),
                        provider.name(),
                        provider.generation(),
                        provider.parent(),
                        provider.root(),
                        provider.host(),
                        false,
                        provider.inventories(),
                        provider.used(),
                        provider.traits(),
                        provider.aggregates(),
                        provider.updatedAt());
    }

    private static void count(Session session, UUID host, Map<String, Long> had, Map<String, Long> wants) {
        Jdbc.update(
                session,
                "update host set vcpus_used = vcpus_used + ?, memory_mib_used = memory_mib_used + ?,"
                        + " disk_gib_used = disk_gib_used + ?, version = version + 1 where uuid = ?",
                more(had, wants, StandardWords.VCPU),
                more(had, wants, StandardWords.MEMORY_MB),
                more(had, wants, StandardWords.DISK_GB),
                host);
    }

    private static int more(Map<String, Long> had, Map<String, Long> wants, String name) {
        return Math.toIntExact(wants.getOrDefault(name, 0L) - had.getOrDefault(name, 0L));
    }

    private static void store(Session session, AllocationWish wish, Instant now) {
        Jdbc.update(session, "delete from allocation where consumer = ?", wish.consumer());
        if (wish.amounts().isEmpty()) {
            Jdbc.update(session, "delete from consumer where uuid = ?", wish.consumer());
            return;
        }
        Jdbc.update(
                session,
                "insert into consumer (uuid, generation, project, user_name, type, updated_at) values (?, 1, ?, ?, ?, ?)"
                        + " on conflict (uuid) do update set generation = consumer.generation + 1,"
                        + " project = excluded.project, user_name = excluded.user_name,"
                        + " type = coalesce(excluded.type, consumer.type), updated_at = excluded.updated_at",
                wish.consumer(),
                wish.project(),
                wish.user(),
                wish.type(),
                now);
        wish.amounts()
                .forEach((provider, amounts) -> amounts.forEach((name, amount) -> Jdbc.update(
                        session,
                        "insert into allocation (consumer, provider, resource_class, amount) values (?, ?, ?, ?)",
                        wish.consumer(),
                        provider,
                        name,
                        amount)));
    }

    private static void requireNoInstance(Session session, UUID consumer) {
        if (Jdbc.first(
                        session,
                        row -> row.getInt(1),
                        "select 1 from instance where id = ? and deleted_at is null",
                        consumer)
                .isPresent()) {
            throw new PlacementException(
                    Problem.CONFLICT,
                    "Consumer " + consumer
                            + " is an instance: its claim is its home's, which the compute API changes.");
        }
    }

    private static void requireExpected(Session session, AllocationWish wish) {
        Optional<Consumer> known = find(session, wish.consumer());
        boolean asExpected = switch (wish.expected()) {
            case Expected.Anything _ -> true;
            case Expected.Nothing _ -> known.isEmpty();
            case Expected.Generation(long value) ->
                known.filter(one -> one.generation() == value).isPresent();
        };
        if (!asExpected) {
            throw new PlacementException(
                    Problem.CONCURRENT_UPDATE,
                    "consumer generation conflict - expected "
                            + known.map(one -> String.valueOf(one.generation())).orElse("null") + " but got "
                            + (wish.expected() instanceof Expected.Generation(long value) ? value : "null"));
        }
        if (known.isEmpty()) {
            int there = Jdbc.first(session, row -> row.getInt(1), "select count(*) from consumer")
                    .orElse(0);
            if (there >= CONSUMERS_MAX) {
                throw new PlacementException(
                        Problem.LIMIT, "There can be at most " + CONSUMERS_MAX + " consumers besides instances.");
            }
        }
    }

    private static Optional<Consumer> find(Session session, UUID consumer) {
        return Jdbc.first(
                session,
                row -> new Consumer(
                        consumer,
                        row.getLong("generation"),
                        row.getString("project"),
                        row.getString("user_name"),
                        row.getString("type")),
                "select * from consumer where uuid = ?",
                consumer);
    }

    private static List<Allocation> read(Session session, String ofInstances, String ofOthers, Object... values) {
        List<Allocation> all =
                new ArrayList<>(Jdbc.list(session, StoredAllocations::claim, CLAIMS + " and " + ofInstances, values));
        all.addAll(others(session, ofOthers, values));
        return all;
    }

    private static List<Allocation> others(Session session, String which, Object... values) {
        Map<List<UUID>, Allocation> all = new LinkedHashMap<>();
        Jdbc.list(
                        session,
                        StoredAllocations::other,
                        OTHERS + " where " + which + " order by a.consumer, a.provider, a.resource_class",
                        values)
                .forEach(one ->
                        all.merge(List.of(one.consumer().uuid(), one.provider()), one, StoredAllocations::together));
        return List.copyOf(all.values());
    }

    private static Allocation together(Allocation one, Allocation other) {
        Map<String, Long> both = new TreeMap<>(one.amounts());
        both.putAll(other.amounts());
        return new Allocation(one.consumer(), one.provider(), both);
    }

    private static Allocation claim(ResultSet row) throws SQLException {
        Map<String, Long> amounts = new TreeMap<>();
        amounts.put(StandardWords.VCPU, row.getLong("vcpus"));
        amounts.put(StandardWords.MEMORY_MB, row.getLong("memory_mib"));
        amounts.put(StandardWords.DISK_GB, row.getLong("disk_gib"));
        // Nobody has nothing of something.
        amounts.values().removeIf(amount -> amount == 0);
        return new Allocation(consumer(row), row.getObject("provider", UUID.class), amounts);
    }

    private static Allocation other(ResultSet row) throws SQLException {
        return new Allocation(
                consumer(row),
                row.getObject("provider", UUID.class),
                Map.of(row.getString("resource_class"), row.getLong("amount")));
    }

    private static Consumer consumer(ResultSet row) throws SQLException {
        return new Consumer(
                row.getObject("consumer", UUID.class),
                row.getLong("generation"),
                row.getString("project"),
                row.getString("user_name"),
                row.getString("type"));
    }
}
