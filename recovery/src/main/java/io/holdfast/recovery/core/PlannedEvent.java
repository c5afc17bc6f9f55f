package io.holdfast.recovery.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import org.jspecify.annotations.Nullable;

/** What a planned move is told. */
public sealed interface PlannedEvent {

    /** @param host null when no host will do, and then {@code reason} says why, host by host */
    record Planned(@Nullable HostId host, String reason) implements PlannedEvent {}

    /** It has its new home. */
    record Relocated(HostId to, Generation generation) implements PlannedEvent {}

    /** It goes on at its home. */
    record Kept(Generation generation, String reason) implements PlannedEvent {}

    /** Its home did not confirm that it is stopped. */
    record NotConfirmed(String reason) implements PlannedEvent {}

    /**
     * The instance as the store has it now.
     *
     * @param home null when it has none
     * @param homeDown whether that home stands condemned
     */
    record Seen(
            InstanceGoal goal,
            ActualState actual,
            @Nullable HostId home,
            Generation generation,
            String fault,
            boolean homeDown)
            implements PlannedEvent {

        public static Seen gone() {
            return new Seen(InstanceGoal.DELETED, ActualState.DELETED, null, Generation.ZERO, "", false);
        }
    }
}
