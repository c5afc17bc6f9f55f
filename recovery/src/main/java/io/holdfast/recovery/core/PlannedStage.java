package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import java.time.Instant;

/** Where a planned move stands. Each open stage but the two that only wait for the store has a deadline. */
public sealed interface PlannedStage {

    /** The stable word: in the journal, in the API, in the runbook. */
    default String word() {
        return switch (this) {
            case Planning s -> "PLANNING";
            case Leaving s -> "LEAVING";
            case TakingBack s -> "TAKING_BACK";
            case Starting s -> "STARTING";
            case NeedsOperator s -> "NEEDS_OPERATOR";
            case Moved s -> "MOVED";
            case Stayed s -> "STAYED";
            case Gone s -> "GONE";
            case Superseded s -> "SUPERSEDED";
        };
    }

    /** Nothing happens any more. */
    sealed interface Settled extends PlannedStage {}

    /** Wants to know where to; the store and the scheduler answer in any case. */
    record Planning() implements PlannedStage {}

    /**
     * Its home is asked to stop it and to confirm that; with the confirmation it gets its new home.
     *
     * @param deadline when it is not asked any longer, and the instance goes on at its home
     */
    record Leaving(HostId to, Instant deadline) implements PlannedStage {}

    /** Its home did not confirm: the store is being told that it goes on there. */
    record TakingBack(String reason) implements PlannedStage {}

    /** It has its home, the new or the old one, and is not seen running there yet. */
    record Starting(String why, Instant deadline) implements PlannedStage {}

    /** A human was told. It is still looked at, and at the deadline another home is sought if this one cannot start it. */
    record NeedsOperator(String reason, Instant deadline) implements PlannedStage {}

    /** Seen running on its new home. */
    record Moved(Instant at) implements Settled {}

    /** Goes on at the home that it had, and why. */
    record Stayed(String reason) implements Settled {}

    /** Deleted or stopped by its owner meanwhile. */
    record Gone(String reason) implements Settled {}

    /** Its home failed meanwhile, or somebody else moved it: this is another's business now. */
    record Superseded(String reason) implements Settled {}
}
