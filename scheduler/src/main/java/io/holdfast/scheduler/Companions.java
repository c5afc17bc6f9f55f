package io.holdfast.scheduler;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One server group while a plan is made: where its members are, counting what the plan has promised so far.
 *
 * <p>Whoever is part of the plan leaves its home, wherever that is, so it is not counted there: otherwise a group that
 * wants to be together would be held by the host that it is leaving. Like {@link Room}, lives for one call.
 */
final class Companions {

    private final GroupSnapshot group;
    private final Map<HostId, Integer> there = new HashMap<>();
    /** By kind of failure domain that no two may share: those that have a member. */
    private final Map<String, Set<String>> shared = new HashMap<>();

    private int placed;

    /** What those members want that the plan has not come to yet; in long, because the sum may exceed an int. */
    private long vcpus;

    private long memoryMib;
    private long diskGib;

    private Companions(GroupSnapshot group) {
        this.group = group;
    }

    /** By member; instances without a group are not in it. */
    static Map<InstanceId, Companions> of(List<GroupSnapshot> groups, List<PlacementRequest> requests) {
        Map<InstanceId, Resources> leaving = new HashMap<>();
        requests.forEach(request -> leaving.put(request.instance(), request.wants()));
        Map<InstanceId, Companions> byMember = new HashMap<>();
        for (GroupSnapshot group : groups) {
            Companions companions = new Companions(group);
            group.homes().forEach((member, home) -> {
                if (!leaving.containsKey(member)) {
                    companions.arrived(home, group.domains().getOrDefault(home, FailureDomains.NONE));
                }
            });
            for (InstanceId member : group.members()) {
                if (byMember.put(member, companions) != null) {
                    throw new IllegalArgumentException("instance " + member + " is in two server groups");
                }
                Resources wants = leaving.get(member);
                if (wants != null) {
                    companions.await(wants, 1);
                }
            }
        }
        return byMember;
    }

    /** Why the group's strict rule forbids this host, or null. */
    @Nullable
    String objection(HostId host) {
        if (allows(host)) {
            return null;
        }
        return switch (group.policy()) {
            case AFFINITY ->
                "group " + group.name() + " (affinity) lives on "
                        + there.keySet().stream().sorted().map(HostId::value).collect(Collectors.joining(", "));
            case ANTI_AFFINITY ->
                "group " + group.name() + " (anti-affinity) has " + at(host) + " of at most " + group.maxPerHost()
                        + " there";
            case SOFT_AFFINITY, SOFT_ANTI_AFFINITY -> null;
        };
    }

    /** Whether the group's strict rule leaves this host open. */
    boolean allows(HostId host) {
        return switch (group.policy()) {
            case AFFINITY -> placed == 0 || at(host) > 0;
            case ANTI_AFFINITY -> at(host) < group.maxPerHost();
            case SOFT_AFFINITY, SOFT_ANTI_AFFINITY -> true;
        };
    }

    /**
     * How welcome a host is to the group, in members: those who are there already, negative when they want to be apart. A
     * group that wants to be together and is nowhere yet prefers a host that has room for all of it.
     */
    int preference(Room room) {
        return switch (group.policy()) {
            case AFFINITY, SOFT_AFFINITY ->
                placed > 0 ? at(room.host()) : room.holds(vcpus, memoryMib, diskGib) ? 1 : 0;
            case SOFT_ANTI_AFFINITY -> -at(room.host());
            case ANTI_AFFINITY -> 0;
        };
    }

    /** Why the host is too near to another member, or null: no two share a domain of a kind that one of them named. */
    @Nullable
    String nearness(HostSnapshot host) {
        for (String kind : new TreeSet<>(group.spread())) {
            String name = host.domains().names().get(kind);
            if (name == null) {
                return "group " + group.name() + " is spread over each " + kind + ", and nobody knows in which it is";
            }
            if (shared.getOrDefault(kind, Set.of()).contains(name)) {
                return "group " + group.name() + " has a member in " + kind + " " + name + " already";
            }
        }
        return null;
    }

    /** Hosts that a strict rule closes one by one; where members must be together, nearly all are closed, and they are asked instead. */
    Collection<HostId> closed() {
        return group.policy() != GroupPolicy.ANTI_AFFINITY
                ? List.of()
                : there.keySet().stream().filter(host -> !allows(host)).toList();
    }

    /** Whether members must be apart by failure domain, too. */
    boolean isSpread() {
        return !group.spread().isEmpty();
    }

    /** Whether the group makes hosts more or less welcome, and does not only close some. */
    boolean prefers() {
        return group.policy() != GroupPolicy.ANTI_AFFINITY;
    }

    void arrived(HostId host, FailureDomains domains) {
        there.merge(host, 1, Integer::sum);
        placed++;
        for (String kind : group.spread()) {
            String name = domains.names().get(kind);
            if (name != null) {
                shared.computeIfAbsent(kind, one -> new HashSet<>()).add(name);
            }
        }
    }

    /** The plan has come to this request, whatever came of it. */
    void done(PlacementRequest request) {
        await(request.wants(), -1);
    }

    private void await(Resources wants, int sign) {
        vcpus += (long) sign * wants.vcpus();
        memoryMib += (long) sign * wants.memoryMib();
        diskGib += (long) sign * wants.diskGib();
    }

    private int at(HostId host) {
        return there.getOrDefault(host, 0);
    }
}
