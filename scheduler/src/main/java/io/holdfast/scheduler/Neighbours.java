package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where those live whom a request names, while a plan is made: who is part of the plan is leaving, and lives where the plan
 * has put it. Like {@link Room}, lives for one call.
 */
final class Neighbours {

    private static final int NAMED_MAX = 8;

    private final Set<InstanceId> leaving = new HashSet<>();
    private final Map<InstanceId, HostId> placed = new HashMap<>();

    Neighbours(List<PlacementRequest> requests) {
        requests.forEach(request -> leaving.add(request.instance()));
    }

    void arrived(InstanceId instance, HostId host) {
        placed.put(instance, host);
        known = null;
    }

    /**
     * Where a request's mates are, found out once for all hosts that are looked at for it: a project may have hundreds.
     *
     * @param homes where those live that it must be with one of
     * @param homeless those that have no home yet and get one, in words
     */
    private record Mates(PlacementRules of, Set<HostId> homes, Set<String> homeless) {}

    private @Nullable Mates known;

    @SuppressWarnings("ReferenceEquality") // One that is equal and another object is found out again.
    private Mates mates(PlacementRules rules) {
        Mates last = known;
        if (last != null && last.of == rules) {
            return last;
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
        Mates now = new Mates(rules, homes, homeless);
        known = now;
        return now;
    }

    /** Why the instance must not be there because it has to be with somebody, or null. */
    @Nullable
    String sameHost(PlacementRules rules, HostId host) {
        if (rules.sameHost().isEmpty()) {
            return null;
        }
        Mates mates = mates(rules);
        if (mates.homes.contains(host)) {
            return null;
        }
        if (!mates.homes.isEmpty()) {
            return "it must be with who lives on "
                    + named(mates.homes.stream().map(HostId::value).toList())
                    + " (same_host, same_project)";
        }
        // Whoever it must be with gets a home by this plan or a later one; until then any choice might be the wrong
        // one.
        return mates.homeless.isEmpty()
                ? null
                : "it must be with " + String.join(", ", mates.homeless) + ", of no home yet (same_host, same_project)";
    }

    /** A project may live on hundreds of hosts, and each of thousands is refused in these words. */
    private static String named(List<String> all) {
        return all.size() <= NAMED_MAX
                ? String.join(", ", all)
                : String.join(", ", all.subList(0, NAMED_MAX)) + " and " + (all.size() - NAMED_MAX) + " more";
    }

    /** Without the words; as many hosts are asked as there are. */
    boolean allowsSameHost(PlacementRules rules, HostId host) {
        if (rules.sameHost().isEmpty()) {
            return true;
        }
        Mates mates = mates(rules);
        return mates.homes.isEmpty() ? mates.homeless.isEmpty() : mates.homes.contains(host);
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
