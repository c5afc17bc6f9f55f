package io.holdfast.chaos.sim;

import io.holdfast.chaos.sim.Rows.HostRow;
import io.holdfast.chaos.sim.Rows.InstanceRow;
import io.holdfast.compute.Advisory;
import io.holdfast.compute.HostAdvice;
import io.holdfast.compute.HostState;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What binds instances to hosts in the simulated database beside size and groups: hosts' aggregates, and owners' hints. */
final class PlacementConstraints {

    private final Map<HostId, Map<String, Set<String>>> aggregates = new LinkedHashMap<>();
    private final Map<HostId, Set<String>> advised = new LinkedHashMap<>();
    private final Map<InstanceId, InstanceRow> bound = new LinkedHashMap<>();

    /** Whether anything binds anybody; a world where nothing does is as it was before there were constraints, call by call. */
    boolean any() {
        return !aggregates.isEmpty() || !advised.isEmpty() || !bound.isEmpty();
    }

    /** The host is in an aggregate of this metadata. */
    void aggregate(HostId host, Map<String, String> metadata) {
        Map<String, Set<String>> all = new HashMap<>(aggregates.getOrDefault(host, Map.of()));
        metadata.forEach((key, value) -> all.put(key, Set.of(value)));
        aggregates.put(host, Map.copyOf(all));
    }

    /** It holds until something else is said; that words run out is the store's, and has its tests there. */
    void advise(HostId host, @Nullable String kind) {
        if (kind == null) {
            advised.remove(host);
        } else {
            advised.computeIfAbsent(host, id -> new TreeSet<>()).add(kind);
        }
    }

    private static HostAdvice advice(HostId host, Set<String> kinds) {
        return new HostAdvice(
                kinds.stream()
                        .map(kind -> new Advisory(host, kind, "monitor", "", Instant.EPOCH, Instant.MAX))
                        .toList(),
                0);
    }

    Map<HostId, HostSurroundings> surroundings() {
        Map<HostId, HostSurroundings> around = new LinkedHashMap<>();
        aggregates.forEach((host, metadata) -> around.put(host, HostSurroundings.of(metadata)));
        advised.forEach((host, kinds) -> around.put(
                host,
                new HostSurroundings(
                        aggregates.getOrDefault(host, Map.of()), Set.of(), Map.of(), 0, advice(host, kinds))));
        return around;
    }

    void joined(InstanceRow row) {
        if (!row.sameHost.isEmpty() || !row.differentHost.isEmpty() || !row.specs.isEmpty()) {
            bound.put(row.id, row);
        }
    }

    /** @param instances all that there are */
    Map<InstanceId, PlacementTerms> terms(Collection<InstanceId> wanted, Map<InstanceId, InstanceRow> instances) {
        Map<InstanceId, PlacementTerms> terms = new HashMap<>();
        for (InstanceId each : wanted) {
            InstanceRow row = instances.get(each);
            if (row != null) {
                terms.put(each, terms(row, instances));
            }
        }
        return terms;
    }

    /** To be apart binds both, whoever asked for it. */
    private PlacementTerms terms(InstanceRow row, Map<InstanceId, InstanceRow> instances) {
        Set<InstanceId> apart = new HashSet<>(row.differentHost);
        bound.values().stream()
                .filter(other -> other.differentHost.contains(row.id))
                .forEach(other -> apart.add(other.id));
        Map<InstanceId, HostId> homes = new HashMap<>();
        apart.forEach(other -> home(other, instances, homes));
        row.sameHost.forEach(other -> home(other, instances, homes));
        return new PlacementTerms(row.sameHost, apart, homes, HostWish.ofAggregates(row.specs), null, row.project);
    }

    private static void home(InstanceId id, Map<InstanceId, InstanceRow> instances, Map<InstanceId, HostId> homes) {
        InstanceRow row = instances.get(id);
        HostRow home = row == null || row.deleted ? null : row.home;
        if (home != null && home.state != HostState.FENCED) {
            homes.put(id, home.id);
        }
    }
}
