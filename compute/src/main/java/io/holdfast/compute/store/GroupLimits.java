package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.GroupRule;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import jakarta.persistence.LockModeType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
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
        List<Other> others = others(session, group);
        others.removeIf(other -> other.id.equals(row.id));
        Map<HostId, Integer> counts = new HashMap<>();
        others.forEach(other -> counts.merge(other.member.home(), 1, Integer::sum));
        return GroupRule.refusal(group.policy, group.maxPerHost, group.name, home.hostId(), counts)
                .or(() -> nearness(session, group, home, others));
    }

    private static Optional<String> nearness(Session session, ServerGroupRow group, HostRow home, List<Other> others) {
        return GroupRule.nearness(
                spread(session, group),
                group.name,
                home.hostId(),
                FailureDomains.parse(home.failureDomains),
                others.stream().map(Other::domains).toList());
    }

    /** Of a home that says nothing of a kind nothing is known, and nobody loses it for that. */
    private static Optional<String> tooNear(Session session, ServerGroupRow group, HostRow home, List<Other> others) {
        FailureDomains domains = FailureDomains.parse(home.failureDomains);
        Set<String> known = spread(session, group);
        known.retainAll(domains.names().keySet());
        return GroupRule.nearness(
                known,
                group.name,
                home.hostId(),
                domains,
                others.stream()
                        .filter(other -> !other.member.home().equals(home.hostId()))
                        .map(Other::domains)
                        .toList());
    }

    /** What any member asked for, also one that has no home. */
    private static Set<String> spread(Session session, ServerGroupRow group) {
        Set<String> kinds = new TreeSet<>();
        session.createSelectionQuery(
                        "select distinct spread from Instance where serverGroup = :group and deletedAt is null"
                                + " and spread <> ''",
                        String.class)
                .setParameter("group", group.id)
                .list()
                .forEach(each -> kinds.addAll(InstanceRow.kinds(each)));
        return kinds;
    }

    /** Why an instance must not be started at the home it has, or empty. */
    static Optional<String> againstStart(Session session, InstanceRow row, HostRow home) {
        ServerGroupRow group = lock(session, row.serverGroup);
        return group == null
                ? Optional.empty()
                : GroupRule.againstStart(
                        group.policy,
                        group.maxPerHost,
                        group.name,
                        home.hostId(),
                        others(session, group).stream()
                                .filter(other -> !other.id.equals(row.id))
                                .map(Other::member)
                                .toList());
    }

    /**
     * Why those of a group that have this home must not go on there: the group must share a host and lives on another, or one of
     * it lives too near by now. By group, for those with members here.
     */
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
                List<Other> others = others(session, group);
                GroupRule.elsewhere(
                                group.policy,
                                group.name,
                                home.hostId(),
                                others.stream().map(Other::member).toList())
                        .or(() -> tooNear(session, group, home, others))
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

    /** @param domains what its home shares with other hosts */
    private record Other(UUID id, GroupRule.Member member, FailureDomains domains) {}

    /** All members that live somewhere; counted anew, not from rows that this session may have read before the lock. */
    private static List<Other> others(Session session, ServerGroupRow group) {
        return session
                .createSelectionQuery(
                        "select i.id, i.name, i.host, i.goal, i.actual, h.failureDomains from Instance i"
                                + " join Host h on h.id = i.host"
                                + " where i.serverGroup = :group and i.deletedAt is null and h.state <> :isolated"
                                + " order by i.createdAt, i.id",
                        Object[].class)
                .setParameter("group", group.id)
                .setParameter("isolated", HostState.FENCED)
                .list()
                .stream()
                .map(line -> new Other(
                        (UUID) line[0],
                        new GroupRule.Member(
                                (String) line[1],
                                HostId.of((String) line[2]),
                                GroupRule.mayRun((InstanceGoal) line[3], (ActualState) line[4])),
                        FailureDomains.parse((String) line[5])))
                .collect(Collectors.toCollection(ArrayList::new));
    }
}
