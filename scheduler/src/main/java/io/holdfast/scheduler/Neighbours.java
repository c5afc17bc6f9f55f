package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where those live whom a request names, while a plan is made: who is part of the plan is leaving, and lives where the plan
 * has put it. Like {@link Room}, lives for one call.
 */
final class Neighbours {

    private final Set<InstanceId> leaving = new HashSet<>();
    private final Map<InstanceId, HostId> placed = new HashMap<>();

    Neighbours(List<PlacementRequest> requests) {
        requests.forEach(request -> leaving.add(request.instance()));
    }

    void arrived(InstanceId instance, HostId host) {
        placed.put(instance, host);
    }

    /** Why the instance must not be there because it has to be with somebody, or null. */
    @Nullable
    String sameHost(PlacementRules rules, HostId host) {
        if (rules.sameHost().isEmpty()) {
            return null;
        }
        Set<HostId> homes = new TreeSet<>();
        Set<String> homeless = new TreeSet<>();
        for (InstanceId named : rules.sameHost()) {
            HostId at = where(named, rules);
            if (at != null) {
                homes.add(at);
            } else if (leaving.contains(named)) {
                homeless.add(named.toString());
            }
        }
        if (homes.contains(host)) {
            return null;
        }
        if (!homes.isEmpty()) {
            return "it must be with who lives on "
                    + homes.stream().map(HostId::value).collect(Collectors.joining(", ")) + " (same_host)";
        }
        // Whoever it must be with gets a home by this plan or a later one; until then any choice might be the wrong
        // one.
        return homeless.isEmpty()
                ? null
                : "it must be with " + String.join(", ", homeless) + ", of no home yet (same_host)";
    }

    /** Why the instance must not be there because it has to be apart from somebody, or null. */
    @Nullable
    String differentHost(PlacementRules rules, HostId host) {
        Set<String> there = new TreeSet<>();
        for (InstanceId named : rules.differentHost()) {
            if (host.equals(where(named, rules))) {
                there.add(named.toString());
            }
        }
        return there.isEmpty() ? null : String.join(", ", there) + " lives there (different_host)";
    }

    private @Nullable HostId where(InstanceId named, PlacementRules rules) {
        return leaving.contains(named) ? placed.get(named) : rules.homes().get(named);
    }
}
