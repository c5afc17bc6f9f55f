package io.holdfast.membership.core;

import io.holdfast.membership.MembershipEvent;
import java.util.List;

/**
 * The outcome of one observation. The state is soft, so nothing needs to be durable before events and commands leave.
 *
 * @param changes every transition that was taken, for logs and for the test that no transition is untested
 */
public record Step(State next, List<MembershipEvent> events, List<Command> commands, List<Change> changes) {

    public Step {
        events = List.copyOf(events);
        commands = List.copyOf(commands);
        changes = List.copyOf(changes);
    }
}
