package io.holdfast.placement.store;

import io.holdfast.compute.store.Jdbc;
import io.holdfast.model.Amounts;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
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

    /**
     * Consumers with each of their providers, of one change. More than any orchestrator moves at once; all other changes, and claims of
     * the hosts in it, wait until they are written.
     */
    static final int PAIRS_MAX = 1000;

    /** An instance has its home until its row says that it was deleted. */
    private static final String CLAIMS =
            "select i.id as consumer, i.generation, i.project, i.user_name, '" + Consumer.INSTANCE
                    + "' as type, h.uuid as provider, i.vcpus, i.memory_mib, i.disk_gib, i.amounts"
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
        requireFew(wishes);
        store.inTransactionDo(session -> {
            Changes.begin(session);
            write(session, wishes);
        });
        log.info("allocations of {} consumers written", wishes.size());
    }

    private static void requireFew(List<AllocationWish> wishes) {
        int pairs = wishes.stream().mapToInt(wish -> wish.amounts().size()).sum();
        if (pairs > PAIRS_MAX) {
            throw new PlacementException(
                    Problem.INVALID,
                    "One request can set at most " + PAIRS_MAX + " pairs of a consumer and a provider, not " + pairs
                            + ".");
        }
    }

    @Override
    public void reshape(Map<UUID, Offer> offers, List<AllocationWish> wishes) {
        requireFew(wishes);
        store.inTransactionDo(session -> {
            Changes.begin(session);
            Set<UUID> touched = new TreeSet<>(offers.keySet());
            wishes.forEach(wish -> touched.addAll(wish.amounts().keySet()));
            others(session, "a.consumer = any(?)", (Object)
                            wishes.stream().map(AllocationWish::consumer).toArray(UUID[]::new))
                    .forEach(one -> touched.add(one.provider()));
            Changes.lock(session, touched);
            Set<String> known = StoredWords.resourceClasses(session);
            // What goes away is offered until nobody has it any more.
            offers.forEach((id, offer) -> {
                Provider provider = changes.locked(session, id, offer.generation());
                Map<String, InventoryWish> both = new LinkedHashMap<>(OfferRules.asWishes(provider));
                both.putAll(offer.inventories());
                changes.offer(session, provider, both, known);
            });
            write(session, wishes);
            offers.forEach((id, offer) -> {
                changes.offer(session, changes.locked(session, id, null), offer.inventories(), known);
            });
            Changes.raise(session, offers.keySet(), clock.instant());
        });
        log.info("{} resource providers reshaped, with allocations of {} consumers", offers.size(), wishes.size());
    }

    @Override
    public void delete(UUID consumer) {
        store.inTransactionDo(session -> {
            Changes.begin(session);
            requireNoInstance(session, consumer);
            Consumer known = find(session, consumer).get(consumer);
            if (known == null) {
                throw new PlacementException(Problem.NOT_FOUND, "No allocations for consumer '" + consumer + "'");
            }
            write(
                    session,
                    List.of(new AllocationWish(
                            consumer, Map.of(), known.project(), known.user(), null, new Expected.Anything())));
        });
        log.info("allocations of consumer {} deleted", consumer);
    }

    /** In a few statements, however many wishes there are: all changes wait for this one, and claims of the hosts in it too. */
    private void write(Session session, List<AllocationWish> wishes) {
        UUID[] consumers = wishes.stream().map(AllocationWish::consumer).toArray(UUID[]::new);
        requireNoInstance(session, consumers);
        requireExpected(session, wishes);
        Map<UUID, Map<String, Long>> had = new TreeMap<>();
        Map<UUID, Map<String, Long>> wants = new TreeMap<>();
        Map<UUID, List<Allocation>> before = new HashMap<>();
        others(session, "a.consumer = any(?)", (Object) consumers).forEach(one -> {
            before.computeIfAbsent(one.consumer().uuid(), id -> new ArrayList<>())
                    .add(one);
            one.amounts().forEach((name, amount) -> add(had, one.provider(), name, amount));
        });
        wishes.forEach(wish -> wish.amounts()
                .forEach((provider, amounts) -> amounts.forEach((name, amount) -> add(wants, provider, name, amount))));
        Set<UUID> touched = new TreeSet<>(had.keySet());
        touched.addAll(wants.keySet());
        Changes.lock(session, touched);
        Map<UUID, Provider> providers = changes.snapshot().some(session, touched);
        requireKnown(touched, providers.keySet(), wants, StoredWords.resourceClasses(session));
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
        Map<UUID, Provider> roots = roots(session, providers);
        wants.forEach((id, amounts) -> RoomRule.requireRoom(
                openAsItsRoot(known(providers, id), roots), had.getOrDefault(id, Map.of()), amounts));
        Instant now = clock.instant();
        store(session, wishes, now);
        count(
                session,
                touched.stream().filter(id -> known(providers, id).host()).toList(),
                had,
                wants);
        Changes.raise(session, touched, now);
    }

    private static void requireKnown(
            Set<UUID> touched, Set<UUID> there, Map<UUID, Map<String, Long>> wants, Set<String> classes) {
        for (UUID id : touched) {
            if (!there.contains(id)) {
                throw new PlacementException(
                        Problem.INVALID, "Allocation for resource provider '" + id + "' that does not exist.");
            }
            wants.getOrDefault(id, Map.of()).keySet().stream()
                    .filter(name -> !classes.contains(name))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new PlacementException(
                                Problem.INVALID,
                                "Unable to allocate inventory for resource provider '" + id
                                        + "': No such resource class " + name + ".");
                    });
        }
    }

    private static Provider known(Map<UUID, Provider> providers, UUID id) {
        return Objects.requireNonNull(providers.get(id));
    }

    private static void add(Map<UUID, Map<String, Long>> sums, UUID provider, String name, long amount) {
        sums.computeIfAbsent(provider, id -> new TreeMap<>()).merge(name, amount, Long::sum);
    }

    /** The roots of those that are parts of others. */
    private Map<UUID, Provider> roots(Session session, Map<UUID, Provider> providers) {
        return changes.snapshot()
                .some(
                        session,
                        providers.values().stream()
                                .filter(one -> !one.root().equals(one.uuid()))
                                .map(Provider::root)
                                .collect(Collectors.toSet()));
    }

    /** A part of a host takes no claims while the host takes none. */
    private static Provider openAsItsRoot(Provider provider, Map<UUID, Provider> roots) {
        Provider root = roots.get(provider.root());
        return root == null || root.open()
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

    private static void count(
            Session session, List<UUID> hosts, Map<UUID, Map<String, Long>> had, Map<UUID, Map<String, Long>> wants) {
        Jdbc.update(
                session,
                "update host set vcpus_used = vcpus_used + more.vcpus, memory_mib_used = memory_mib_used +"
                        + " more.memory_mib, disk_gib_used = disk_gib_used + more.disk_gib, version = version + 1 from"
                        + " unnest(?::uuid[], ?::int[], ?::int[], ?::int[]) as more (uuid, vcpus, memory_mib, disk_gib)"
                        + " where host.uuid = more.uuid",
                hosts.toArray(UUID[]::new),
                more(hosts, had, wants, StandardWords.VCPU),
                more(hosts, had, wants, StandardWords.MEMORY_MB),
                more(hosts, had, wants, StandardWords.DISK_GB));
    }

    private static Integer[] more(
            List<UUID> hosts, Map<UUID, Map<String, Long>> had, Map<UUID, Map<String, Long>> wants, String name) {
        return hosts.stream()
                .map(id -> Math.toIntExact(wants.getOrDefault(id, Map.of()).getOrDefault(name, 0L)
                        - had.getOrDefault(id, Map.of()).getOrDefault(name, 0L)))
                .toArray(Integer[]::new);
    }

    private record Amount(UUID consumer, UUID provider, String name, int amount) {}

    private static void store(Session session, List<AllocationWish> wishes, Instant now) {
        Jdbc.update(session, "delete from allocation where consumer = any(?)", (Object)
                wishes.stream().map(AllocationWish::consumer).toArray(UUID[]::new));
        Jdbc.update(session, "delete from consumer where uuid = any(?)", (Object) wishes.stream()
                .filter(wish -> wish.amounts().isEmpty())
                .map(AllocationWish::consumer)
                .toArray(UUID[]::new));
        List<AllocationWish> having =
                wishes.stream().filter(wish -> !wish.amounts().isEmpty()).toList();
        Jdbc.update(
                session,
                "insert into consumer (uuid, generation, project, user_name, type, updated_at) select uuid, 1,"
                        + " project, user_name, type, ? from unnest(?::uuid[], ?::text[], ?::text[], ?::text[]) as one"
                        + " (uuid, project, user_name, type) on conflict (uuid) do update set generation ="
                        + " consumer.generation + 1, project = excluded.project, user_name = excluded.user_name, type ="
                        + " coalesce(excluded.type, consumer.type), updated_at = excluded.updated_at",
                now,
                having.stream().map(AllocationWish::consumer).toArray(UUID[]::new),
                having.stream().map(AllocationWish::project).toArray(String[]::new),
                having.stream().map(AllocationWish::user).toArray(String[]::new),
                having.stream().map(AllocationWish::type).toArray(String[]::new));
        List<Amount> amounts = new ArrayList<>();
        having.forEach(wish -> wish.amounts()
                .forEach((provider, own) -> own.forEach(
                        (name, amount) -> amounts.add(new Amount(wish.consumer(), provider, name, amount)))));
        Jdbc.update(
                session,
                "insert into allocation (consumer, provider, resource_class, amount)"
                        + " select * from unnest(?::uuid[], ?::uuid[], ?::text[], ?::int[])",
                amounts.stream().map(Amount::consumer).toArray(UUID[]::new),
                amounts.stream().map(Amount::provider).toArray(UUID[]::new),
                amounts.stream().map(Amount::name).toArray(String[]::new),
                amounts.stream().map(Amount::amount).toArray(Integer[]::new));
    }

    private static void requireNoInstance(Session session, UUID... consumers) {
        Jdbc.first(
                        session,
                        row -> row.getObject(1, UUID.class),
                        "select id from instance where id = any(?) and deleted_at is null limit 1",
                        (Object) consumers)
                .ifPresent(instance -> {
                    throw new PlacementException(
                            Problem.CONFLICT,
                            "Consumer " + instance
                                    + " is an instance: its claim is its home's, which the compute API changes.");
                });
    }

    private static void requireExpected(Session session, List<AllocationWish> wishes) {
        Map<UUID, Consumer> known =
                find(session, wishes.stream().map(AllocationWish::consumer).toArray(UUID[]::new));
        int more = 0;
        for (AllocationWish wish : wishes) {
            Consumer consumer = known.get(wish.consumer());
            requireExpected(wish, consumer);
            more += consumer == null && !wish.amounts().isEmpty() ? 1 : 0;
        }
        int there = more == 0
                ? 0
                : Jdbc.first(session, row -> row.getInt(1), "select count(*) from consumer")
                        .orElse(0);
        if (there + more > CONSUMERS_MAX) {
            throw new PlacementException(
                    Problem.LIMIT, "There can be at most " + CONSUMERS_MAX + " consumers besides instances.");
        }
    }

    private static void requireExpected(AllocationWish wish, @Nullable Consumer known) {
        boolean asExpected = switch (wish.expected()) {
            case Expected.Anything _ -> true;
            case Expected.Nothing _ -> known == null;
            case Expected.Generation(long value) -> known != null && known.generation() == value;
        };
        if (!asExpected) {
            throw new PlacementException(
                    Problem.CONCURRENT_UPDATE,
                    "consumer generation conflict - expected " + (known == null ? "null" : known.generation())
                            + " but got "
                            + (wish.expected() instanceof Expected.Generation(long value) ? value : "null"));
        }
    }

    /** Those of them that have allocations. */
    private static Map<UUID, Consumer> find(Session session, UUID... consumers) {
        Map<UUID, Consumer> found = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> new Consumer(
                                row.getObject("uuid", UUID.class),
                                row.getLong("generation"),
                                row.getString("project"),
                                row.getString("user_name"),
                                row.getString("type")),
                        "select * from consumer where uuid = any(?)",
                        (Object) consumers)
                .forEach(one -> found.put(one.uuid(), one));
        return found;
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
        Amounts.parse(row.getString("amounts")).of().forEach((name, amount) -> amounts.put(name, (long) amount));
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
