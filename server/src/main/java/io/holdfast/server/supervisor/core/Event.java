package io.holdfast.server.supervisor.core;

/** What a supervisor sees. */
public sealed interface Event {

    /**
     * The time goes on.
     *
     * @param beats how often the agent that runs has beaten; {@link #NONE} if it has not, or none runs
     */
    record Look(long beats) implements Event {
        public static final long NONE = -1;
    }

    /** The agent has ended, or could not be started. */
    record Ended(String why) implements Event {}

    /** Somebody wants the agent to end, and the supervisor with it. */
    record Stop() implements Event {}
}
