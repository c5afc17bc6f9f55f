package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;

/**
 * What the scheduler knows of one host at one moment.
 *
 * @param alive serving, neither suspected nor condemned, and its agent takes orders
 * @param enabled an operator has not taken it out of service, and it is not forced down
 * @param capacity what it offers in all
 * @param used what is claimed, including claims that are still starting
 * @param instances how many instances have their home there
 */
public record HostSnapshot(
        HostId host,
        SegmentId segment,
        String zone,
        boolean alive,
        boolean enabled,
        Resources capacity,
        Resources used,
        int instances) {}
