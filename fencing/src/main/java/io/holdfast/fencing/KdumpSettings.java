package io.holdfast.fencing;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether hosts whose kernel has crashed may write its memory away before their power is cut. Keys begin with
 * {@code fencing.kdump.}; how it works is in {@code docs/design/kernel-dumps.md}.
 *
 * @param listen address on which {@code fence_kdump_send}'s messages are heard, or null for not at all; default none. One that
 *     only hosts reach: whoever sends a message in a host's name keeps its power on for up to {@code limit}
 * @param port UDP port, 0 for any free one, default 7410
 * @param hosts by the host's name, the addresses from which its messages come, as numbers. Messages from anywhere else count for
 *     nobody
 * @param quiet so long after the last message the dump is over, 1s to 10m, default 30s. Must be longer than the sender's interval,
 *     which is 10 s unless {@code fence_kdump_send -i} says otherwise; too short: the dump is cut off; too long: a host that
 *     hangs in it is cut late
 * @param limit the longest time for which a host keeps its power because it dumps, 10s to 4h, default 10m; not shorter than
 *     {@code quiet}. Too short: dumps of large hosts are cut off; too long: instances stand still, because nothing starts
 *     elsewhere before the host is off
 * @param patience how long a host that fell silent is given to say that it dumps, before its power is cut, 0s to 5m, default 0s. A
 *     crash kernel needs seconds to boot before it can say anything: without patience most of them are cut before. Each silent host that
 *     {@code hosts} names is recovered so much later, dumping or not; one whose power reads off is not
 */
public record KdumpSettings(
        @Nullable String listen,
        int port,
        Map<String, List<String>> hosts,
        Duration quiet,
        Duration limit,
        Duration patience) {

    /** {@code fence_kdump_send} repeats its message every 10 s. */
    private static final Duration DEADLINE = Duration.ofSeconds(15);

    public KdumpSettings {
        hosts = hosts.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> List.copyOf(entry.getValue())));
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("fencing.kdump.port must be between 0 and 65535, is " + port);
        }
        within("quiet", quiet, Duration.ofSeconds(1), Duration.ofMinutes(10));
        within("limit", limit, Duration.ofSeconds(10), Duration.ofHours(4));
        within("patience", patience, Duration.ZERO, Duration.ofMinutes(5));
        if (limit.compareTo(quiet) < 0) {
            throw new IllegalArgumentException("fencing.kdump.limit must not be shorter than fencing.kdump.quiet ("
                    + quiet.toSeconds() + "s), is " + limit.toSeconds() + "s");
        }
        if (listen != null) {
            address("fencing.kdump.listen", listen);
        }
        Map<InetAddress, String> owners = new HashMap<>();
        hosts.forEach((host, addresses) -> addresses.forEach(text -> {
            InetAddress address = address("fencing.kdump.hosts." + host, text);
            String other = owners.put(address, host);
            if (other != null) {
                throw new IllegalArgumentException(
                        "fencing.kdump.hosts: " + text + " is the address of both " + other + " and " + host);
            }
        }));
    }

    /** The level with the time that it needs: the sender's interval, and something for the way. */
    static FencingSettings.Level timed(FencingSettings.Level level) {
        return level.deadline() == null
                ? new FencingSettings.Level(level.devices(), level.attempts(), level.delay(), DEADLINE)
                : level;
    }

    public static KdumpSettings none() {
        return new KdumpSettings(null, 7410, Map.of(), Duration.ofSeconds(30), Duration.ofMinutes(10), Duration.ZERO);
    }

    /** A number, never a name: whoever answers for names could make anybody's message a host's. */
    static InetAddress address(String key, String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException notANumber) {
            throw new IllegalArgumentException(key + ": " + text + " is not an IP address", notANumber);
        }
    }

    private static void within(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("fencing.kdump." + key + " must be between " + min.toSeconds() + "s and "
                    + max.toSeconds() + "s, is " + value.toMillis() + "ms");
        }
    }
}
