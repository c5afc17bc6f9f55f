package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What binds one instance's home beside its size: what its owner asked for when it was made, what its flavor says of
 * aggregates, and whose it is.
 *
 * @param sameHost it must be where one of these lives. Those that live nowhere hold nobody
 * @param differentHost it must be where none of these lives
 * @param homes where those of the two live that have a home which may run them; a home that is proven isolated runs nothing
 *     and is left out
 * @param specs by key of an aggregate's metadata: what the host's aggregates must have, in Nova's operators ({@link SpecRule})
 * @param policy the scheduler's policy that its flavor names; null for none
 * @param project whose it is; null when nobody knows, and then no host that is kept for projects will do
 */
public record PlacementRules(
        Set<InstanceId> sameHost,
        Set<InstanceId> differentHost,
        Map<InstanceId, HostId> homes,
        Map<String, String> specs,
        @Nullable String policy,
        @Nullable ProjectId project) {

    /** Of an instance that says nothing. */
    public static final PlacementRules NONE = new PlacementRules(Set.of(), Set.of(), Map.of(), Map.of(), null, null);

    public PlacementRules {
        sameHost = Set.copyOf(sameHost);
        differentHost = Set.copyOf(differentHost);
        homes = Map.copyOf(homes);
        specs = Map.copyOf(specs);
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
        return new PlacementRules(sameHost, differentHost, left, specs, policy, project);
    }

    /** Why the host's aggregates do not have what the flavor wants, or null. */
    @Nullable
    String missing(Map<String, Set<String>> metadata) {
        return SpecRule.missing(specs, metadata);
    }

    /** Why a host of these aggregates is kept for others, or null. */
    @Nullable
    String keptFromIt(Map<String, Set<String>> metadata) {
        return Dedication.objection(project, metadata);
    }

    /** Whether neither the flavor nor a dedication has anything against a host of these aggregates. */
    public boolean suit(Map<String, Set<String>> metadata) {
        return missing(metadata) == null && keptFromIt(metadata) == null;
    }
}
