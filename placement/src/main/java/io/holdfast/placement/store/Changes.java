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
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Parts of changes, within the one that is being made. */
record Changes(Snapshot snapshot) {

    /** Whoever changes something here comes after whoever does so now. */
    static void begin(Session session) {
        Jdbc.serialize(session, "placement");
    }

    /** By name, as all who lock several hosts: so that nobody waits for each other. Those that are no hosts need no lock of their own. */
    static void lock(Session session, Collection<UUID> providers) {
        Jdbc.list(
                session,
                row -> row.getString(1),
                "select id from host where uuid = any(?) order by id for update",
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

    /** Writes down what it offers from now on; its generation is not raised yet. */
    void offer(Session session, Provider provider, Map<String, InventoryWish> wishes) {
        Map<String, Inventory> next = OfferRules.granted(provider, wishes, StoredWords.resourceClasses(session));
        Jdbc.update(session, "delete from provider_inventory where provider = ?", provider.uuid());
        next.forEach((name, one) -> {
            if (!(provider.host() && OfferRules.OF_HOSTS.contains(name))) {
                Jdbc.update(
                        session,
                        "insert into provider_inventory values (?, ?, ?, ?, ?, ?, ?, ?)",
                        provider.uuid(),
                        name,
                        one.total(),
                        one.reserved(),
                        one.minUnit(),
                        one.maxUnit(),
                        one.stepSize(),
                        one.ratio());
            }
        });
        if (provider.host()) {
            Jdbc.update(
                    session,
                    "update host set vcpus_reserved = ?, memory_mib_reserved = ?, disk_gib_reserved = ?,"
                            + " version = version + 1 where uuid = ?",
                    reserved(next, StandardWords.VCPU),
                    reserved(next, StandardWords.MEMORY_MB),
                    reserved(next, StandardWords.DISK_GB),
                    provider.uuid());
        }
    }

    private static int reserved(Map<String, Inventory> inventories, String name) {
        Inventory inventory = inventories.get(name);
        return inventory == null ? 0 : inventory.reserved();
    }

    static void raise(Session session, UUID provider, Instant now) {
        Jdbc.update(
                session,
                "update provider set generation = generation + 1, updated_at = ? where uuid = ?",
                now,
                provider);
        Jdbc.update(
                session,
                "update host set provider_generation = provider_generation + 1, updated_at = ?, version = version + 1"
                        + " where uuid = ?",
                now,
                provider);
    }
}
