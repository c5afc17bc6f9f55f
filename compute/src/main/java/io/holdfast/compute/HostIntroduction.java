package io.holdfast.compute;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;

/**
 * What a host says of itself when it comes (back).
 *
 * @param domains what it shares with other hosts
 */
public record HostIntroduction(
        HostId host,
        SegmentId segment,
        String zone,
        String bootId,
        String address,
        int port,
        Resources capacity,
        FailureDomains domains) {

    /** Of a host that does not say what it shares with others. */
    public HostIntroduction(
            HostId host, SegmentId segment, String zone, String bootId, String address, int port, Resources capacity) {
        this(host, segment, zone, bootId, address, port, capacity, FailureDomains.NONE);
    }
}
