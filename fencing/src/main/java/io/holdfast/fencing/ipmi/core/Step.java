package io.holdfast.fencing.ipmi.core;

import java.util.List;

/** What came of an event. Nothing has to be durable: a conversation dies with its process, and the device forgets the session by itself. */
public record Step(State next, List<Command> commands) {

    public Step {
        commands = List.copyOf(commands);
    }

    static Step stay(State state) {
        return new Step(state, List.of());
    }
}
