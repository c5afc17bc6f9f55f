package io.holdfast.compute.agent;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of the process that watches the agent. Keys begin with {@code agent.supervisor.}
 *
 * @param port TCP port at which the supervisor answers for the host, at the agent's listen address, 1 to 65535; default 8776
 * @param hungAfter how long the agent may give no sign of life before it is killed and started again, 3 s to 10 min, 0 for
 *     never; default 10 s. Too small: an agent on a busy host is killed at its work; too large: nobody looks after the guests
 *     of a hung one
 * @param directory where supervisor and agent find each other. It should be on a file system in memory, so that a disk in
 *     trouble does not make the agent look hung; default {@code /run/holdfast/agent}
 */
public record SupervisorSettings(int port, Duration hungAfter, Path directory) {

    private static final Duration HUNG_AFTER_MIN = Duration.ofSeconds(3);
    private static final Duration HUNG_AFTER_MAX = Duration.ofMinutes(10);

    public SupervisorSettings {
        // Not 0 for any free one: a supervisor that is started again must be found where the agent said that it is.
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("agent.supervisor.port must be between 1 and 65535, is " + port);
        }
        if (!hungAfter.isZero()
                && (hungAfter.compareTo(HUNG_AFTER_MIN) < 0 || hungAfter.compareTo(HUNG_AFTER_MAX) > 0)) {
            throw new IllegalArgumentException(
                    "agent.supervisor.hung-after must be 0s or between 3s and 600s, is " + hungAfter.toMillis() + "ms");
        }
        if (!directory.isAbsolute()) {
            throw new IllegalArgumentException("agent.supervisor.directory must be an absolute path, is " + directory);
        }
    }

    public static SupervisorSettings defaults() {
        return new SupervisorSettings(8776, Duration.ofSeconds(10), Path.of("/run/holdfast/agent"));
    }
}
