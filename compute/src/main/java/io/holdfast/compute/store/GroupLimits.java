package io.holdfast.compute.store;

import io.holdfast.compute.HostState;
import io.holdfast.compute.core.GroupRule;
import io.holdfast.model.HostId;
import jakarta.persistence.LockModeType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.hibernate.Session;

/**
 * Whether a server group's strict rule allows a home, asked in the transaction that gives it.
 *
 * <p>The members are counted while the group's row is locked, so that of two claims for one group, on two hosts, the
 * second sees the first. The row is the last that a claim locks (host, instance, group), and whoever holds it locks
 * nothing further: nobody waits in a circle.
 */
final class GroupLimits {

    private GroupLimits() {}

    static Optional<String> refusal(Session session, InstanceRow row, HostRow home) {
        if (row.serverGroup == null) {
            return Optional.empty();
        }
        ServerGroupRow group = session.find(ServerGroupRow.class, row.serverGroup, LockModeType.PESSIMISTIC_WRITE);
        if (group == null || group.deletedAt != null) {
            return Optional.empty();
        }
        Map<HostId, Integer> others = new HashMap<>();
        // Counted anew, not from rows that this session may have read before the lock.
        session.createSelectionQuery(
                        "select i.host, count(*) from Instance i join Host h on h.id = i.host where i.serverGroup = :group"
                                + " and i.id <> :self and i.deletedAt is null and h.state <> :isolated group by i.host",
                        Object[].class)
                .setParameter("group", group.id)
                .setParameter("self", row.id)
                .setParameter("isolated", HostState.FENCED)
                .list()
                .forEach(line -> others.put(HostId.of((String) line[0]), Math.toIntExact((Long) line[1])));
        return GroupRule.refusal(group.policy, group.maxPerHost, group.name, home.hostId(), others);
    }
}
