package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What binds one instance's home beside its size: what its owner asked for when it was made, what its flavor and its image
 * say of hosts, and whose it is.
 *
 * @param sameHost it must be where one of these lives. Those that live nowhere hold nobody
 * @param differentHost it must be where none of these lives
 * @param homes where those of the two live that have a home which may run them; a home that is proven isolated runs nothing
 *     and is left out
 * @param wish what the host must be
 * @param policy the scheduler's policy that its flavor names; null for none
 * @param project whose it is; null when nobody knows, and then no host that is kept for projects will do
 */
public record PlacementRules(
        Set<InstanceId> sameHost,
        Set<InstanceId> differentHost,
        Map<InstanceId, HostId> homes,
        HostWish wish,
        @Nullable String policy,
        @Nullable ProjectId project) {

    /** Of an instance that says nothing. */
    public static final PlacementRules NONE =
            new PlacementRules(Set.of(), Set.of(), Map.of(), HostWish.NONE, null, null);

    public PlacementRules {
        sameHost = Set.copyOf(sameHost);
        differentHost = Set.copyOf(differentHost);
        homes = Map.copyOf(homes);
    }

    /** Whether where others live decides. */
    public boolean namesOthers() {
        return !sameHost.isEmpty() || !differentHost.isEmpty();
    }

    /** As they are once these hosts are proven isolated: who lives there holds nobody. */
    public PlacementRules without(Collection<HostId> isolated) {
        if (homes.values().stream().noneMatch(isolated::contains)) {
            return this;
        }
        Map<InstanceId, HostId> left = new HashMap<>(homes);
        left.values().removeIf(isolated::contains);
        return new PlacementRules(sameHost, differentHost, left, wish, policy, project);
    }

    /** Why a host of these aggregates is kept for others, or null. */
    @Nullable
    String keptFromIt(Map<String, Set<String>> metadata) {
        return Dedication.objection(project, metadata);
    }

    /**
     * Whether neither the flavor nor the image nor a dedication has anything against a host of these aggregates and traits that has stocks
     * of these classes, however much of them is left.
     */
    public boolean suit(Map<String, Set<String>> metadata, Set<String> traits, Set<String> stocks) {
        return SpecRule.missing(wish.aggregates(), metadata) == null
                && stocks.containsAll(wish.amounts().of().keySet())
                && TraitRule.allows(wish, traits)
                && ImageRule.objection(wish.image(), metadata, traits) == null
                && keptFromIt(metadata) == null;
    }
}
