package io.holdfast.chaos.sim;

import io.holdfast.membership.core.MembershipMachine;
import io.holdfast.membership.core.Moment;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.core.State;
import io.holdfast.membership.core.Step;

/** What is concluded from an observation. The real ones are {@link MembershipMachine}'s. */
@FunctionalInterface
public interface MembershipRules {

    Step step(State state, Observation observation, Moment now);
}
