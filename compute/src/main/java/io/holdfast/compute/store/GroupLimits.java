package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.GroupRule;
import io.holdfast.model.HostId;
import jakarta.persistence.LockModeType;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Whether a server group's strict rule allows a home, asked in the transaction that gives it, starts something there, or
 * gives it back.
 *
 * <p>The members are counted while the group's row is locked, so that of two claims for one group, on two hosts, the
 * second sees the first. The row is the last that a claim locks (host, instance, group), and whoever holds it locks
 * nothing further but other groups, by id: nobody waits in a circle.
 */
final class GroupLimits {

    private GroupLimits() {}

    /** Locks the groups of all these, by id, for whoever asks about several instances in one transaction. */
    static void lockAll(Session session, Collection<InstanceRow> rows) {
        rows.stream()
                .map(row -> row.serverGroup)
                .filter(Objects::nonNull)
                .distinct()
                .sorted(Comparator.comparing(UUID::toString))
                .forEach(group -> lock(session, group));
    }

    /** Why an instance must not have this home, or empty. */
    static Optional<String> refusal(Session session, InstanceRow row, HostRow home) {
        ServerGroupRow group = lock(session, row.serverGroup);
        if (group == null) {
            return Optional.empty();
        }
        Map<HostId, Integer> others = new HashMap<>();
        others(session, group, row.id).forEach(other -> others.merge(other.home(), 1, Integer::sum));
        return GroupRule.refusal(group.policy, group.maxPerHost, group.name, home.hostId(), others);
    }

    /** Why an instance must not be started at the home it has, or empty. */
    static Optional<String> againstStart(Session session, InstanceRow row, HostRow home) {
        ServerGroupRow group = lock(session, row.serverGroup);
        return group == null
                ? Optional.empty()
                : GroupRule.againstStart(
                        group.policy, group.maxPerHost, group.name, home.hostId(), others(session, group, row.id));
    }

    /** Where a group lives that must share a host and does not live on this one; by group, for those with members here. */
    static Map<UUID, String> elsewhere(Session session, HostRow home) {
        List<UUID> here = session.createSelectionQuery(
                        "select distinct serverGroup from Instance where host = :host and serverGroup is not null"
                                + " and deletedAt is null order by serverGroup",
                        UUID.class)
                .setParameter("host", home.id)
                .list();
        Map<UUID, String> away = new HashMap<>();
        for (UUID id : here) {
            ServerGroupRow group = lock(session, id);
            if (group != null) {
                GroupRule.elsewhere(group.policy, group.name, home.hostId(), others(session, group, null))
                        .ifPresent(where -> away.put(id, where));
            }
        }
        return away;
    }

    private static @Nullable ServerGroupRow lock(Session session, @Nullable UUID id) {
        ServerGroupRow group =
                id == null ? null : session.find(ServerGroupRow.class, id, LockModeType.PESSIMISTIC_WRITE);
        return group == null || group.deletedAt != null ? null : group;
    }

    /** Counted anew, not from rows that this session may have read before the lock. */
    private static List<GroupRule.Member> others(Session session, ServerGroupRow group, @Nullable UUID self) {
        return session
                .createSelectionQuery(
                        "select i.id, i.name, i.host, i.goal, i.actual from Instance i join Host h on h.id = i.host"
                                + " where i.serverGroup = :group and i.deletedAt is null and h.state <> :isolated"
                                + " order by i.createdAt, i.id",
                        Object[].class)
                .setParameter("group", group.id)
                .setParameter("isolated", HostState.FENCED)
                .list()
                .stream()
                .filter(line -> !line[0].equals(self))
                .map(line -> new GroupRule.Member(
                        (String) line[1],
                        HostId.of((String) line[2]),
                        GroupRule.mayRun((InstanceGoal) line[3], (ActualState) line[4])))
                .toList();
    }
}
