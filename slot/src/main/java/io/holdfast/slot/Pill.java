package io.holdfast.slot;

import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The order to die, for one life of one host.
 *
 * @param bootId the life that it is for; a host that has booted since does not take it
 * @param caseId the recovery case, or null for a pill by an operator's hand
 * @param leader the epoch of the leader that wrote it; {@link LeaderEpoch#ZERO} for an operator's hand
 * @param by who wrote it, 1 to 100 characters
 * @param reason why, 1 to 300 characters
 * @param writtenAt by the writer's wall clock, for people
 */
public record Pill(
        HostId host,
        String bootId,
        @Nullable CaseId caseId,
        LeaderEpoch leader,
        String by,
        String reason,
        Instant writtenAt) {

    public Pill {
        Words.require("boot id", bootId, 1, 64);
        Words.require("by", by, 1, 100);
        Words.require("reason", reason, 1, 300);
    }

    /** Whether this pill is for that life of that host. */
    public boolean isFor(HostId whom, String life) {
        return host.equals(whom) && bootId.equals(life);
    }
}
