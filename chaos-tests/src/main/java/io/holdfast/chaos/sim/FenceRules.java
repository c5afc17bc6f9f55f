package io.holdfast.chaos.sim;

import io.holdfast.fencing.core.FenceLadder;

/** What follows from a power device's answer. The real ones are {@link FenceLadder}'s. */
@FunctionalInterface
public interface FenceRules {

    FenceLadder.Step step(FenceLadder.State state, FenceLadder.Event event, long nowNanos);
}
