package io.holdfast.compute;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;

/**
 * What a host says of itself when it comes (back).
 *
 * @param domains what it shares with other hosts
 * @param topology its cells
 */
public record HostIntroduction(
        HostId host,
        SegmentId segment,
        String zone,
        String bootId,
        String address,
        int port,
        Resources capacity,
        FailureDomains domains,
        HostTopology topology) {

    /** Of a host that does not say what it shares with others, nor what its cells are. */
    public HostIntroduction(
            HostId host, SegmentId segment, String zone, String bootId, String address, int port, Resources capacity) {
        this(host, segment, zone, bootId, address, port, capacity, FailureDomains.NONE);
    }

    /** Of a host that does not say what its cells are. */
    public HostIntroduction(
            HostId host,
            SegmentId segment,
            String zone,
            String bootId,
            String address,
            int port,
            Resources capacity,
            FailureDomains domains) {
        this(host, segment, zone, bootId, address, port, capacity, domains, HostTopology.NONE);
    }
}
