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
import io.holdfast.model.ProjectId;
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
        if (!row.sameHost.isEmpty() || row.sameProject || !row.differentHost.isEmpty() || !row.specs.isEmpty()) {
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
        Set<InstanceId> same = new HashSet<>(row.sameHost);
        if (row.sameProject) {
            same.addAll(older(row, instances.values()));
        }
        same.forEach(other -> home(other, instances, homes));
        return new PlacementTerms(same, apart, homes, HostWish.ofAggregates(row.specs), null, row.project);
    }

    /**
     * The oldest of its project on each host, of those that are older than it.
     *
     * @param all the oldest first
     */
    private static Collection<InstanceId> older(InstanceRow row, Collection<InstanceRow> all) {
        Map<HostId, InstanceId> older = new LinkedHashMap<>();
        for (InstanceRow other : all) {
            if (other.id.equals(row.id)) {
                break;
            }
            HostRow home = other.home;
            if (home != null && !other.deleted && other.project.equals(row.project)) {
                older.putIfAbsent(home.id, other.id);
            }
        }
        return older.values();
    }

    /** As {@link io.holdfast.compute.Claims#livesOf}. */
    static Map<HostId, InstanceId> livesOf(ProjectId project, Collection<InstanceRow> all) {
        Map<HostId, InstanceId> lives = new LinkedHashMap<>();
        for (InstanceRow row : all) {
            HostRow home = row.home;
            if (home != null && home.state != HostState.FENCED && !row.deleted && row.project.equals(project)) {
                lives.putIfAbsent(home.id, row.id);
            }
        }
        return lives;
    }

    private static void home(InstanceId id, Map<InstanceId, InstanceRow> instances, Map<InstanceId, HostId> homes) {
        InstanceRow row = instances.get(id);
        HostRow home = row == null || row.deleted ? null : row.home;
        if (home != null && home.state != HostState.FENCED) {
            homes.put(id, home.id);
        }
    }
}
