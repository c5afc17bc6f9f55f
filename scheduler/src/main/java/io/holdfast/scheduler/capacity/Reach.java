package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import java.util.Set;

/**
 * Where the instances of one host may go at most, when not every host that is enabled is open to them and not every other is
 * closed: a segment keeps some hosts in reserve.
 *
 * @param hosts the widest choice there ever is, including hosts that are out of service until then
 */
public record Reach(Set<HostId> hosts) {

    public Reach {
        hosts = Set.copyOf(hosts);
    }
}
