package io.holdfast.placement.core;

import io.holdfast.placement.Provider;
import io.holdfast.placement.StandardWords;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * Who offers what it has to which other trees.
 *
 * <p><b>Rule</b> (OpenStack Placement's guide "Modeling with Provider Trees", section "Sharing Resource Providers", and
 * {@code anchors_for_sharing_providers} in its {@code placement/objects/research_context.py}): a provider with the trait
 * {@link StandardWords#SHARES} shares with the whole of every tree in which any provider, the root or a part, is in one of the aggregates
 * that it is itself in. Only that provider shares: not its parts, nor what it is a part of, and the aggregates of its own root are not
 * its own here. In no aggregate it shares with nobody, and its own tree has it anyway.
 *
 * <p>Of a tree with a host that takes no claims nothing is shared, as nothing of it is offered. Immutable.
 */
final class SharingProviders {

    private final Map<UUID, List<Provider>> byAggregate;

    private SharingProviders(Map<UUID, List<Provider>> byAggregate) {
        this.byAggregate = byAggregate;
    }

    /** @param providers all of them, at one moment */
    static SharingProviders of(List<Provider> providers) {
        Set<UUID> closed = new HashSet<>();
        providers.stream().filter(one -> !one.open()).forEach(one -> closed.add(one.root()));
        Map<UUID, List<Provider>> byAggregate = new HashMap<>();
        for (Provider one : providers) {
            if (isSharing(one) && !closed.contains(one.root())) {
                one.aggregates()
                        .forEach(aggregate -> byAggregate
                                .computeIfAbsent(aggregate, id -> new ArrayList<>())
                                .add(one));
            }
        }
        return new SharingProviders(byAggregate);
    }

    static boolean isSharing(Provider provider) {
        return provider.traits().contains(StandardWords.SHARES);
    }

    /**
     * Those of other trees that share with this one, each once, by name.
     *
     * @param steps is told how much work comes next, before it is done
     */
    List<Provider> with(List<Provider> tree, LongConsumer steps) {
        if (byAggregate.isEmpty()) {
            return List.of();
        }
        UUID root = tree.getFirst().root();
        Map<UUID, Provider> found = new HashMap<>();
        for (Provider one : tree) {
            for (UUID aggregate : one.aggregates()) {
                List<Provider> sharing = byAggregate.getOrDefault(aggregate, List.of());
                steps.accept(1L + sharing.size());
                sharing.stream()
                        .filter(other -> !other.root().equals(root))
                        .forEach(other -> found.put(other.uuid(), other));
            }
        }
        return found.values().stream()
                .sorted(Comparator.comparing(Provider::name))
                .toList();
    }
}
