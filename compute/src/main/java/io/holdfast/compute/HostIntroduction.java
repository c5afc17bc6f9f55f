package io.holdfast.compute;

import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;

/** What a host says of itself when it comes (back). */
public record HostIntroduction(
        HostId host, SegmentId segment, String zone, String bootId, String address, int port, Resources capacity) {}
