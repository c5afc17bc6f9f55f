package io.holdfast.placement.core;

import io.holdfast.placement.Inventory;
import io.holdfast.placement.InventoryWish;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.PlacementException.Problem;
import io.holdfast.placement.Provider;
import io.holdfast.placement.StandardWords;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What providers may offer. */
public final class OfferRules {

    /** Classes of which hosts say themselves how much they have. */
    public static final Set<String> OF_HOSTS =
            Set.of(StandardWords.VCPU, StandardWords.MEMORY_MB, StandardWords.DISK_GB);

    /** Of one provider. Many more than any host has, few enough to show in one answer. */
    public static final int CLASSES_MAX = 100;

    /** Of a provider's name, in characters, as clients may write it. */
    static final int NAME_MAX = 200;

    private OfferRules() {}

    /** The name of a provider that had a host's name before there was the host: of two with one name, clients would find either. */
    public static String besideHost(String name, UUID provider) {
        String end = "-" + provider;
        return name.substring(0, Math.min(name.length(), NAME_MAX - end.length())) + end;
    }

    /**
     * One of a host's own inventories: what a claim would be refused for, and nothing more. So one consumer may have all of it.
     *
     * @param total as the host says, 0 or more
     * @param reserved what an operator keeps back; more than there is counts as all
     * @param ratio how much is promised for each; 0 for what limits nobody, so that it is only counted
     * @return null for a host that has none of it
     */
    public static @Nullable Inventory ofHost(int total, int reserved, double ratio) {
        if (ratio <= 0) {
            int shown = Math.max(1, total);
            return new Inventory(shown, 0, 1, Integer.MAX_VALUE, 1, (double) Integer.MAX_VALUE / shown);
        }
        if (total < 1) {
            return null;
        }
        Inventory inventory = new Inventory(total, Math.min(total, reserved), 1, Integer.MAX_VALUE, 1, ratio);
        int most = (int) Math.max(1, Math.min(Integer.MAX_VALUE, inventory.capacity()));
        return new Inventory(total, inventory.reserved(), 1, most, 1, ratio);
    }

    /** What a provider offers, as the wishes that would leave it so. */
    public static Map<String, InventoryWish> asWishes(Provider provider) {
        Map<String, InventoryWish> wishes = new LinkedHashMap<>();
        new TreeMap<>(provider.inventories())
                .forEach((name, one) -> wishes.put(
                        name,
                        new InventoryWish(
                                one.total(),
                                one.reserved(),
                                one.minUnit(),
                                one.maxUnit(),
                                one.stepSize(),
                                one.ratio())));
        return wishes;
    }

    /**
     * What it offers when the wishes come true.
     *
     * @param known all resource classes
     * @throws PlacementException as {@link io.holdfast.placement.Providers#offer} says
     */
    public static Map<String, Inventory> granted(
            Provider provider, Map<String, InventoryWish> wishes, Set<String> known) {
        if (wishes.size() > CLASSES_MAX) {
            throw new PlacementException(
                    Problem.LIMIT, "A provider can offer at most " + CLASSES_MAX + " resource classes.");
        }
        Set<String> unknown = new HashSet<>(wishes.keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new PlacementException(
                    Problem.INVALID,
                    "Unknown resource class in inventory for resource provider " + provider.uuid()
                            + ": No such resource class " + String.join(", ", unknown) + ".");
        }
        Map<String, Inventory> next = new LinkedHashMap<>();
        wishes.forEach((name, wish) ->
                next.put(name, isOwn(provider, name) ? own(provider, name, wish) : usual(provider, name, wish)));
        for (String name : provider.inventories().keySet()) {
            if (!next.containsKey(name)) {
                requireMayGo(provider, name);
            }
        }
        return next;
    }

    private static boolean isOwn(Provider provider, String name) {
        return provider.host() && OF_HOSTS.contains(name);
    }

    private static void requireMayGo(Provider provider, String name) {
        if (isOwn(provider, name)) {
            throw ofTheHost(provider, name, "it cannot be taken away");
        }
        if (provider.used(name) > 0) {
            throw new PlacementException(
                    Problem.INVENTORY_IN_USE,
                    "Inventory for '" + name + "' on resource provider '" + provider.uuid() + "' in use.");
        }
    }

    private static Inventory own(Provider provider, String name, InventoryWish wish) {
        Inventory now = provider.inventories().get(name);
        if (now == null) {
            throw ofTheHost(provider, name, "it has none");
        }
        boolean same = wish.total() == now.total()
                && or(wish.minUnit(), now.minUnit()) == now.minUnit()
                && or(wish.maxUnit(), now.maxUnit()) == now.maxUnit()
                && or(wish.stepSize(), now.stepSize()) == now.stepSize()
                && Objects.requireNonNullElse(wish.ratio(), now.ratio()) == now.ratio();
        if (!same) {
            throw ofTheHost(
                    provider,
                    name,
                    "it has " + now.total() + ", and promises " + now.ratio()
                            + " for each as the controller's settings say; only what is reserved can be set");
        }
        int reserved = or(wish.reserved(), 0);
        requireReserved(provider, name, reserved, now.total());
        if (reserved > 0 && now.maxUnit() == Integer.MAX_VALUE && now.capacity() >= Integer.MAX_VALUE - 1L) {
            throw ofTheHost(provider, name, "it limits nobody here, so nothing of it can be kept back");
        }
        return new Inventory(now.total(), reserved, now.minUnit(), now.maxUnit(), now.stepSize(), now.ratio());
    }

    private static Inventory usual(Provider provider, String name, InventoryWish wish) {
        int reserved = or(wish.reserved(), 0);
        requireReserved(provider, name, reserved, wish.total());
        return new Inventory(
                wish.total(),
                reserved,
                or(wish.minUnit(), 1),
                or(wish.maxUnit(), Integer.MAX_VALUE),
                or(wish.stepSize(), 1),
                Objects.requireNonNullElse(wish.ratio(), 1.0));
    }

    private static void requireReserved(Provider provider, String name, int reserved, int total) {
        if (reserved > total) {
            throw new PlacementException(
                    Problem.INVALID,
                    "Invalid inventory for '" + name + "' on resource provider '" + provider.uuid()
                            + "'. The reserved value is greater than total.");
        }
    }

    private static PlacementException ofTheHost(Provider provider, String name, String why) {
        return new PlacementException(
                Problem.CONFLICT,
                "Inventory for '" + name + "' on resource provider '" + provider.uuid() + "' is what host "
                        + provider.name() + " says of itself: " + why + ".");
    }

    private static int or(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }
}
