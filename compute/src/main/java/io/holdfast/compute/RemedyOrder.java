package io.holdfast.compute;

import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;

/**
 * Asks the agent of a host for a remedy.
 *
 * @param bootId the boot that was found ill: another one is refused, for it is another host's life
 * @param reason what was found, for the agent's log
 */
public record RemedyOrder(
        HostId host, HostEpoch hostEpoch, LeaderEpoch leader, String bootId, Remedy remedy, String reason) {}
