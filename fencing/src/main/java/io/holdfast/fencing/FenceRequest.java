package io.holdfast.fencing;

import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The order to isolate one host. Holds every detail: whoever carries it out chooses nothing.
 *
 * @param caseId the recovery case on whose behalf it is done
 * @param segment the host's segment
 * @param host whom
 * @param epoch the host's epoch as raised by its condemnation; the proof will carry it
 * @param attempt 1, 2, 3, …; names the attempt together with the case, so that a repeated order is recognised
 * @param leader the leader who orders; checked again right before the power is cut
 * @param deadline for the whole act, all levels with their orders and readings together; when it ends without a proof, the result is UNKNOWN or FAILED
 * @param callOff asked right before each order; what it says ends the attempt without an order
 * @param bootId the boot that was condemned, for devices that tell the lives of a host apart; null where it is not known
 */
public record FenceRequest(
        CaseId caseId,
        SegmentId segment,
        HostId host,
        HostEpoch epoch,
        int attempt,
        LeaderEpoch leader,
        Duration deadline,
        CallOff callOff,
        @Nullable String bootId) {

    /** A request about whichever boot the host is in. */
    public FenceRequest(
            CaseId caseId,
            SegmentId segment,
            HostId host,
            HostEpoch epoch,
            int attempt,
            LeaderEpoch leader,
            Duration deadline,
            CallOff callOff) {
        this(caseId, segment, host, epoch, attempt, leader, deadline, callOff, null);
    }

    /** A request that only its leader's end calls off. */
    public FenceRequest(
            CaseId caseId,
            SegmentId segment,
            HostId host,
            HostEpoch epoch,
            int attempt,
            LeaderEpoch leader,
            Duration deadline) {
        this(caseId, segment, host, epoch, attempt, leader, deadline, CallOff.NEVER);
    }

    /** The same with another deadline. */
    public FenceRequest within(Duration other) {
        return new FenceRequest(caseId, segment, host, epoch, attempt, leader, other, callOff, bootId);
    }

    /** The same about that boot; null where it is not known. */
    public FenceRequest ofBoot(@Nullable String other) {
        return new FenceRequest(caseId, segment, host, epoch, attempt, leader, deadline, callOff, other);
    }
}
