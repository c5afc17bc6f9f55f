package io.holdfast.fencing.agents.core;

import java.time.Duration;

/**
 * One run of an agent, as it was seen from outside.
 *
 * @param ending how it ended
 * @param out the beginning of what it wrote to standard output
 * @param err the same of standard error
 * @param cut whether it wrote more than was kept
 * @param took from the start to the end
 */
public record AgentRun(Ending ending, String out, String err, boolean cut, Duration took) {

    /** How a run ended. */
    public sealed interface Ending {}

    /** By itself. */
    public record Exited(int code) implements Ending {}

    /** By a signal that was not ours. */
    public record Signalled(int signal) implements Ending {}

    /** By us, with everything that it had started, because its time was up. */
    public record TimedOut(Duration limit) implements Ending {}

    /** By us, because whoever waited for it was told to stop. */
    public record Interrupted() implements Ending {}

    /** It never ran. */
    public record NotStarted(String why) implements Ending {}
}
