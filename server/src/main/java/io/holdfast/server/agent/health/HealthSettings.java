package io.holdfast.server.agent.health;

import io.holdfast.server.agent.health.core.HealthLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * What the agent watches of its own host, and what it may do about it. Keys begin with {@code health.}
 *
 * @param interval between two looks, 200 ms to 1 min; default 1 s
 * @param diskPaths file systems to watch by a path in each, besides those of the state directory and of the shared storage; default
 *     {@code [/]}
 * @param interfaces network cards to watch; default none: the one that carries {@code membership.bind-address}
 * @param restartLibvirt the command, with its arguments, that starts libvirt again when a controller asks for it, for example
 *     {@code [systemctl, restart, libvirtd]}; default none: it is refused. The first word is an absolute path or is looked for in
 *     PATH; no shell reads it
 * @param restartDeadline how long the command may take until it is killed, 1 s to 10 min; default 30 s
 * @param restartLimit how often it may be run within {@code restart-window}, 1 to 100; default 3. Too large: a daemon that dies at
 *     once is started for ever, and nobody hears of it
 * @param restartWindow 1 min to 1 day; default 10 min
 * @param limits from where on something is poor, and bad
 */
public record HealthSettings(
        Duration interval,
        List<Path> diskPaths,
        List<String> interfaces,
        List<String> restartLibvirt,
        Duration restartDeadline,
        int restartLimit,
        Duration restartWindow,
        HealthLimits limits) {

    private static final int PATHS_MAX = 16;
    private static final int INTERFACES_MAX = 16;

    public HealthSettings {
        diskPaths = List.copyOf(diskPaths);
        interfaces = List.copyOf(interfaces);
        restartLibvirt = List.copyOf(restartLibvirt);
        within("interval", interval, Duration.ofMillis(200), Duration.ofMinutes(1));
        if (diskPaths.size() > PATHS_MAX || !diskPaths.stream().allMatch(Path::isAbsolute)) {
            throw new IllegalArgumentException(
                    "health.disk-paths must be at most " + PATHS_MAX + " absolute paths, is " + diskPaths);
        }
        if (interfaces.size() > INTERFACES_MAX || new HashSet<>(interfaces).size() < interfaces.size()) {
            throw new IllegalArgumentException(
                    "health.interfaces must be at most " + INTERFACES_MAX + " different names, is " + interfaces);
        }
        for (String name : interfaces) {
            if (!name.matches("[^\\s/]{1,15}") || name.startsWith(".")) {
                throw new IllegalArgumentException(
                        "health.interfaces: '" + name + "' is no name of a network card (1 to 15 characters)");
            }
        }
        if (!restartLibvirt.isEmpty() && restartLibvirt.getFirst().isBlank()) {
            throw new IllegalArgumentException(
                    "health.restart-libvirt must begin with a program, is " + restartLibvirt);
        }
        within("restart-deadline", restartDeadline, Duration.ofSeconds(1), Duration.ofMinutes(10));
        if (restartLimit < 1 || restartLimit > 100) {
            throw new IllegalArgumentException("health.restart-limit must be between 1 and 100, is " + restartLimit);
        }
        within("restart-window", restartWindow, Duration.ofMinutes(1), Duration.ofDays(1));
    }

    public static HealthSettings defaults() {
        return new HealthSettings(
                Duration.ofSeconds(1),
                List.of(Path.of("/")),
                List.of(),
                List.of(),
                Duration.ofSeconds(30),
                3,
                Duration.ofMinutes(10),
                HealthLimits.defaults());
    }

    private static void within(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException("health." + key + " must be between " + least.toMillis() + "ms and "
                    + most.toSeconds() + "s, is " + value.toMillis() + "ms");
        }
    }
}
