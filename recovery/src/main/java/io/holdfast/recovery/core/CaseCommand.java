package io.holdfast.recovery.core;

import io.holdfast.model.Actor;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.PlacementRequest;
import java.util.List;

/**
 * What a case wants done. Holds every detail; whoever carries it out adds the case and the leader's epoch and chooses
 * nothing. Each can be sent twice.
 */
public sealed interface CaseCommand {

    /** Two commands with the same key are the same command: the second is not sent while the first is under way. */
    default String key() {
        return switch (this) {
            case ReviewHold c -> "review-hold";
            case Condemn c -> "condemn";
            case AcceptWord c -> "accept-word";
            case Fence c -> "fence " + c.attempt();
            case RecordProof c -> "record-proof";
            case Pardon c -> "pardon";
            case Plan c -> "plan " + c.number();
            case Claim c -> "claim " + c.instance() + " " + c.expected() + " " + c.to();
            case Deliver c -> "deliver " + c.instance() + " " + c.generation();
            case Withdraw c -> "withdraw " + c.instance() + " " + c.expected();
            case Look c -> "look " + c.instance();
            case LookAtReturn c -> "look-at-return";
            case PowerOn c -> "power-on " + c.attempt();
            case Quarantine c -> "quarantine";
        };
    }

    /** Ask whether one more host of the segment may be condemned. */
    record ReviewHold() implements CaseCommand {}

    /** Raise the host's epoch from {@code expected} and stop claims on it. */
    record Condemn(HostEpoch expected) implements CaseCommand {}

    /** Journal somebody's word as the proof. */
    record AcceptWord(Actor by, String reason, boolean confirmedDead) implements CaseCommand {}

    /**
     * Isolate the host and prove it.
     *
     * @param send false when the host has been seen alive since this attempt began: then only a proof that already
     *     exists counts, and the order is not sent (again)
     * @param heed whether a dump of the host's kernel puts the order off
     */
    record Fence(int attempt, boolean send, Heed heed) implements CaseCommand {}

    /** What a kernel dump counts for. */
    enum Heed {
        /** The host fell silent just now, and may be given the time to say that it dumps. */
        PATIENT,
        /** A host that says so keeps its power. */
        HEARD,
        /** Its time is over, or it has no power anyway. */
        NONE
    }

    /** Tell the store of the proof, and list who lived there. */
    record RecordProof() implements CaseCommand {}

    /** Take the condemnation back. */
    record Pardon() implements CaseCommand {}

    record Plan(long number, List<PlacementRequest> requests) implements CaseCommand {}

    /**
     * Give an instance its new home, if it still has generation {@code expected}.
     *
     * @param basis what lets us
     * @param leaveStopped whether only its home shall move
     */
    record Claim(InstanceId instance, Generation expected, HostId to, int attempt, Basis basis, boolean leaveStopped)
            implements CaseCommand {}

    /** Why an instance may be given another home. There is no third reason. */
    enum Basis {
        /** Its home is proven isolated. */
        PROOF,
        /** Its home confirmed that it does not run it and never will at this generation. */
        WITHDRAWN
    }

    /** Have the goal arrive at the new home, as soon as there is a free place among those starting there. */
    record Deliver(InstanceId instance, Generation generation, HostId to) implements CaseCommand {}

    /** Have a home that could not start it confirm that it is not there. */
    record Withdraw(InstanceId instance, Generation expected, HostId from) implements CaseCommand {}

    /** Read the instance from the store. */
    record Look(InstanceId instance) implements CaseCommand {}

    /** What concerns the power that a fenced host gets back; nothing of the case waits for it. */
    sealed interface OfReturn extends CaseCommand {}

    /** Ask whether anything speaks against it. */
    record LookAtReturn() implements OfReturn {}

    /** Switch on what reads off, after it was asked once more whether anything speaks against it, and read it back. */
    record PowerOn(int attempt) implements OfReturn {}

    /** Have the store keep the host in quarantine although it is off. */
    record Quarantine(String reason) implements OfReturn {}
}
