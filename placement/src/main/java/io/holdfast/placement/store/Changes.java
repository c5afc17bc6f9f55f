package io.holdfast.placement.store;

import io.holdfast.compute.store.Jdbc;
import io.holdfast.placement.Inventory;
import io.holdfast.placement.InventoryWish;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.PlacementException.Problem;
import io.holdfast.placement.Provider;
import io.holdfast.placement.StandardWords;
import io.holdfast.placement.core.OfferRules;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Parts of changes, within the one that is being made. */
record Changes(Snapshot snapshot) {

    /** Whoever changes something here comes after whoever does so now. */
    static void begin(Session session) {
        Jdbc.serialize(session, "placement");
    }

    /**
     * By name, as all who lock several hosts: so that nobody waits for each other. Others order by characters' numbers, in code; a
     * database that was made with a language's order has another one of its own. Those that are no hosts need no lock of their own.
     */
    static void lock(Session session, Collection<UUID> providers) {
        Jdbc.list(
                session,
                row -> row.getString(1),
                "select id from host where uuid = any(?) order by id collate \"C\" for update",
                (Object) providers.toArray(UUID[]::new));
    }

    /** @throws PlacementException NOT_FOUND, or CONCURRENT_UPDATE for another generation than its present one */
    Provider locked(Session session, UUID provider, @Nullable Long generation) {
        lock(session, Set.of(provider));
        Provider found = snapshot.one(session, provider).orElseThrow(() -> unknown(provider));
        if (generation != null && generation != found.generation()) {
            throw new PlacementException(
                    Problem.CONCURRENT_UPDATE,
                    "resource provider generation conflict: provider " + provider + " is at generation "
                            + found.generation() + ", not " + generation);
        }
        return found;
    }

    static PlacementException unknown(UUID provider) {
        return new PlacementException(Problem.NOT_FOUND, "No resource provider with uuid " + provider + " found");
    }

    /**
     * Writes down what it offers from now on; its generation is not raised yet.
     *
     * @param known all resource classes
     */
    void offer(Session session, Provider provider, Map<String, InventoryWish> wishes, Set<String> known) {
        Map<String, Inventory> next = OfferRules.granted(provider, wishes, known);
        Jdbc.update(session, "delete from provider_inventory where provider = ?", provider.uuid());
        List<Map.Entry<String, Inventory>> kept = next.entrySet().stream()
                .filter(one -> !(provider.host() && OfferRules.OF_HOSTS.contains(one.getKey())))
                .toList();
        Jdbc.update(
                session,
                "insert into provider_inventory select ?, * from unnest(?::text[], ?::int[], ?::int[], ?::int[],"
                        + " ?::int[], ?::int[], ?::double precision[])",
                provider.uuid(),
                kept.stream().map(Map.Entry::getKey).toArray(String[]::new),
                numbers(kept, Inventory::total),
                numbers(kept, Inventory::reserved),
                numbers(kept, Inventory::minUnit),
                numbers(kept, Inventory::maxUnit),
                numbers(kept, Inventory::stepSize),
                kept.stream().map(one -> one.getValue().ratio()).toArray(Double[]::new));
        if (provider.host()) {
            reserve(session, provider, next, StandardWords.VCPU, "vcpus_reserved");
            reserve(session, provider, next, StandardWords.MEMORY_MB, "memory_mib_reserved");
            reserve(session, provider, next, StandardWords.DISK_GB, "disk_gib_reserved");
        }
    }

    private static Integer[] numbers(
            List<Map.Entry<String, Inventory>> inventories, Function<Inventory, Integer> which) {
        return inventories.stream().map(one -> which.apply(one.getValue())).toArray(Integer[]::new);
    }

    /**
     * Only where it was changed: a host that came back smaller than what is reserved of it shows no more than it has, and what an
     * operator wrote holds again when it has its size again.
     */
    private static void reserve(
            Session session, Provider host, Map<String, Inventory> next, String name, String column) {
        Inventory before = host.inventories().get(name);
        Inventory after = next.get(name);
        if (before != null && after != null && before.reserved() != after.reserved()) {
            Jdbc.update(
                    session,
                    "update host set " + column + " = ?, version = version + 1 where uuid = ?",
                    after.reserved(),
                    host.uuid());
        }
    }

    /** Hosts among them have to be locked already. */
    static void raise(Session session, Collection<UUID> providers, Instant now) {
        Object ids = providers.toArray(UUID[]::new);
        Jdbc.update(
                session,
                "update provider set generation = generation + 1, updated_at = ? where uuid = any(?)",
                now,
                ids);
        Jdbc.update(
                session,
                "update host set provider_generation = provider_generation + 1, updated_at = ?, version = version + 1"
                        + " where uuid = any(?)",
                now,
                ids);
    }
}
