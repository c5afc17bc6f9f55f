package io.holdfast.chaos.sim;

import io.holdfast.chaos.sim.Rows.HostRow;
import io.holdfast.chaos.sim.Rows.InstanceRow;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.HostState;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.core.GroupRule;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Server groups in the simulated database, with the refusals of the real one: those of {@link GroupRule}. */
final class Groups {

    private static final int MAX_PER_HOST = 1;

    private final Map<ServerGroupId, Row> rows = new LinkedHashMap<>();

    /** A group; it lasts as long as the world. */
    static final class Row {
        private final ServerGroupId id;
        private final String name;
        private final ProjectId project;
        private final GroupPolicy policy;
        private final Set<String> spread;
        private final List<InstanceRow> members = new ArrayList<>();

        private Row(ServerGroupId id, String name, ProjectId project, GroupPolicy policy, Set<String> spread) {
            this.spread = spread;
            this.id = id;
            this.name = name;
            this.project = project;
            this.policy = policy;
        }
    }

    /** @param spread kinds of failure domain that no two members may share, as each of them asks */
    void create(ServerGroupId id, String name, ProjectId project, GroupPolicy policy, Set<String> spread) {
        rows.put(id, new Row(id, name, project, policy, spread));
    }

    boolean any() {
        return !rows.isEmpty();
    }

    /** The group that a new instance of this project may join. */
    @Nullable
    Row joined(@Nullable ServerGroupId id, ProjectId project) {
        if (id == null) {
            return null;
        }
        Row row = rows.get(id);
        if (row == null || !row.project.equals(project)) {
            throw new ComputeException(Kind.INVALID, "Instance group " + id + " could not be found.");
        }
        return row;
    }

    static void join(InstanceRow instance) {
        if (instance.group != null) {
            instance.group.members.add(instance);
        }
    }

    /** With where their members live; a home that is proven isolated is not named. */
    List<ServerGroup> list() {
        return rows.values().stream().map(Groups::group).toList();
    }

    private static ServerGroup group(Row row) {
        List<InstanceId> members = new ArrayList<>();
        Map<InstanceId, HostId> homes = new LinkedHashMap<>();
        for (InstanceRow member : row.members) {
            if (!member.deleted) {
                members.add(member.id);
                HostRow home = member.home;
                if (home != null && home.state != HostState.FENCED) {
                    homes.put(member.id, home.id);
                }
            }
        }
        return new ServerGroup(
                row.id,
                row.name,
                row.project,
                "owner",
                row.policy,
                MAX_PER_HOST,
                members,
                homes,
                Timeline.START,
                null,
                row.spread);
    }

    /** Why the strict rule of its group forbids an instance this home, or empty. */
    static Optional<String> refusal(InstanceRow instance, HostRow home) {
        Row group = instance.group;
        if (group == null) {
            return Optional.empty();
        }
        Map<HostId, Integer> others = new LinkedHashMap<>();
        others(group, instance).forEach(other -> others.merge(other.home(), 1, Integer::sum));
        return GroupRule.refusal(group.policy, MAX_PER_HOST, group.name, home.id, others)
                .or(() -> nearness(group, instance, home, group.spread));
    }

    private static Optional<String> nearness(Row group, InstanceRow self, HostRow home, Collection<String> kinds) {
        List<FailureDomains> others = new ArrayList<>();
        for (InstanceRow other : group.members) {
            HostRow there = other.home;
            if (other != self && !other.deleted && there != null && there.state != HostState.FENCED) {
                others.add(there.domains);
            }
        }
        return GroupRule.nearness(kinds, group.name, home.id, home.domains, others);
    }

    /** Why an instance must not be started at the home it has, or empty. */
    static Optional<String> againstStart(InstanceRow instance) {
        Row group = instance.group;
        HostRow home = instance.home;
        return group == null || home == null || home.state == HostState.FENCED
                ? Optional.empty()
                : GroupRule.againstStart(group.policy, MAX_PER_HOST, group.name, home.id, others(group, instance));
    }

    /** Where the group of one lives that must share a host and does not live on this one. */
    static Optional<String> elsewhere(InstanceRow instance, HostRow home) {
        Row group = instance.group;
        return group == null
                ? Optional.empty()
                : GroupRule.elsewhere(group.policy, group.name, home.id, others(group, instance))
                        .or(() -> nearness(group, instance, home, known(group, home)));
    }

    /** Of a home that says nothing of a kind nothing is known, and nobody loses it for that. */
    private static Set<String> known(Row group, HostRow home) {
        Set<String> known = new TreeSet<>(group.spread);
        known.retainAll(home.domains.names().keySet());
        return known;
    }

    private static List<GroupRule.Member> others(Row group, InstanceRow self) {
        List<GroupRule.Member> others = new ArrayList<>();
        for (InstanceRow other : group.members) {
            HostRow there = other.home;
            if (other != self && !other.deleted && there != null && there.state != HostState.FENCED) {
                others.add(new GroupRule.Member(other.name, there.id, GroupRule.mayRun(other.goal, other.actual)));
            }
        }
        return others;
    }
}
