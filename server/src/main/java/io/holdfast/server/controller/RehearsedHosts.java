package io.holdfast.server.controller;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.fencing.Rehearsals;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.Membership;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.Recovery;
import java.util.List;

/** Which hosts have their fence devices rehearsed, and what the other parts know of them. Any thread may ask. */
final class RehearsedHosts implements Rehearsals.Hosts {

    private final SegmentId segment;
    private final Hosts hosts;
    private final Membership membership;
    private final Recovery recovery;

    RehearsedHosts(SegmentId segment, Hosts hosts, Membership membership, Recovery recovery) {
        this.segment = segment;
        this.hosts = hosts;
        this.membership = membership;
        this.recovery = recovery;
    }

    @Override
    public List<HostId> lookedAfter() {
        return hosts.list().stream()
                .filter(host -> host.segment().equals(segment) && isLookedAfter(host))
                .map(ComputeHost::id)
                .toList();
    }

    /** Those that are known to be away, or have somebody's hands in them, may have no power at all. */
    private static boolean isLookedAfter(ComputeHost host) {
        boolean there = host.state() == HostState.JOINING || host.state() == HostState.SERVING;
        return there && host.maintenance() == null && !host.forcedDown();
    }

    @Override
    public boolean alive(HostId host) {
        return membership
                .host(host)
                .filter(status -> status.health() == HostHealth.ALIVE)
                .isPresent();
    }

    @Override
    public boolean inCase(HostId host) {
        return !recovery.cases(host, true, 1).isEmpty();
    }
}
