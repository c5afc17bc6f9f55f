package io.holdfast.server.supervisor.core;

import java.time.Duration;

/**
 * How patient a supervisor is.
 *
 * @param backOffMin before the agent is started again after it has ended once
 * @param backOffMax before it is started again, however often it has ended
 * @param goodLife an agent that ran this long has not failed at its start: the next end counts as the first
 * @param hungAfter how long an agent that has beaten may be without a beat; zero for as long as it likes
 * @param firstBeat how long it may take to its first beat
 * @param dumpTime between asking a hung agent where it hangs, and killing it
 * @param stopLimit how long an agent that is told to stop may take
 * @param killAgain between orders to kill a process that does not die of them (it waits in the kernel, for a disk perhaps)
 * @param pauseLimit more than this between two looks means that the supervisor itself did not run, and saw nothing
 */
public record Rules(
        Duration backOffMin,
        Duration backOffMax,
        Duration goodLife,
        Duration hungAfter,
        Duration firstBeat,
        Duration dumpTime,
        Duration stopLimit,
        Duration killAgain,
        Duration pauseLimit) {

    /** Those of the product. The agent gives itself 30 s to stop. */
    public static Rules hungAfter(Duration hungAfter) {
        return new Rules(
                Duration.ofMillis(200),
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                hungAfter,
                Duration.ofMinutes(2),
                Duration.ofSeconds(1),
                Duration.ofSeconds(32),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2));
    }

    /**
     * How long to wait before the agent is started again.
     *
     * @param failures how often in a row it has ended young before this time, at least 0
     */
    public Duration backOff(int failures) {
        Duration wait = backOffMin;
        for (int i = 0; i < failures && wait.compareTo(backOffMax) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        return wait.compareTo(backOffMax) < 0 ? wait : backOffMax;
    }
}
