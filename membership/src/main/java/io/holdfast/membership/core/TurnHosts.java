package io.holdfast.membership.core;

import io.holdfast.model.HostId;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The hosts of one turn of {@link MembershipMachine}: those of the state before it, copied when the first of them
 * changes. Nearly every look at ages changes nothing, and there are many looks.
 */
final class TurnHosts {

    private SortedMap<HostId, HostView> hosts;
    private boolean copied;

    TurnHosts(State before) {
        this.hosts = before.hosts;
    }

    /** As they are now, by name, so that a step is reproducible; changes while somebody goes through it do no harm. */
    List<HostView> all() {
        return List.copyOf(hosts.values());
    }

    @Nullable
    HostView get(HostId id) {
        return hosts.get(id);
    }

    HostView getOrUnseen(HostId id, Moment now) {
        HostView host = hosts.get(id);
        if (host == null) {
            host = HostView.unseen(id, now);
            put(host);
        }
        return host;
    }

    void put(HostView host) {
        if (!copied) {
            hosts = new TreeMap<>(hosts);
            copied = true;
        }
        hosts.put(host.id(), host);
    }

    SortedMap<HostId, HostView> after() {
        return hosts;
    }
}
