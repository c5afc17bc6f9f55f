package io.holdfast.server.supervisor.core;

/** What a supervisor does. */
public sealed interface Command {

    /** Take over the agent that runs, or start one. When neither is possible, {@link Event.Ended} follows. */
    record Start() implements Command {}

    /** Ask it to end (SIGTERM). */
    record Terminate() implements Command {}

    /** Ask its threads what they do (SIGQUIT), for whoever reads the log. */
    record Dump() implements Command {}

    /** SIGKILL. */
    record Kill() implements Command {}

    /**
     * One line for whoever reads the log.
     *
     * @param trouble whether somebody should look
     */
    record Tell(boolean trouble, String text) implements Command {}
}
