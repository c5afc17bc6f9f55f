package io.holdfast.chaos.sim;

import io.holdfast.fencing.core.FenceAttempt;

/** What follows from a power device's answer. The real ones are {@link FenceAttempt}'s. */
@FunctionalInterface
public interface FenceRules {

    FenceAttempt.Step step(FenceAttempt.State state, FenceAttempt.Event event, long nowNanos);
}
