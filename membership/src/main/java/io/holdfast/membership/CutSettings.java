package io.holdfast.membership;

import java.time.Duration;

/**
 * When the observers of a network agree that a host is gone from it. Sources of the rules: {@code membership.cut}.
 *
 * @param observers how many members observe each host on each network, 1 to 64, default 10; all of them when there are fewer
 * @param highMark so many of {@code observers} that do not hear a host cut it, above {@code lowMark}, at most {@code observers},
 *     default 9. With fewer observers in proportion, rounded up. Too small: links that lose packets cut hosts. Too large: one
 *     observer that is wrong keeps a dead host.
 * @param lowMark fewer than so many that do not hear a host are noise, at least 1, default 3. Too large: hosts that fail together
 *     are told one by one.
 * @param reportInterval how often an observer says what it hears when nothing changed, 100 ms to 10 s, default 500 ms. Changes are
 *     told at once.
 * @param reportTime age after which a report does not count, at least two intervals, at most 60 s, default 1500 ms
 * @param agreeTime how long hosts that are cut wait for others to which fewer observers than {@code highMark} are deaf, 0 to 10 s,
 *     default 500 ms. Too small: hosts that fail together are told one by one. Too large: one bad link delays a suspicion by it.
 * @param scoreLimit worst local health score with which an observer counts, 0 to 8, default 3
 */
public record CutSettings(
        int observers,
        int highMark,
        int lowMark,
        Duration reportInterval,
        Duration reportTime,
        Duration agreeTime,
        int scoreLimit) {

    public CutSettings {
        whole("observers", observers, 1, 64);
        whole("low-mark", lowMark, 1, observers);
        whole("high-mark", highMark, observers == 1 ? 1 : lowMark + 1, observers);
        between("report-interval", reportInterval, Duration.ofMillis(100), Duration.ofSeconds(10));
        between("report-time", reportTime, reportInterval.multipliedBy(2), Duration.ofSeconds(60));
        between("agree-time", agreeTime, Duration.ZERO, Duration.ofSeconds(10));
        whole("score-limit", scoreLimit, 0, 8);
    }

    public static CutSettings defaults() {
        return new CutSettings(10, 9, 3, Duration.ofMillis(500), Duration.ofMillis(1500), Duration.ofMillis(500), 3);
    }

    private static void whole(String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "membership.cut." + key + " must be between " + least + " and " + most + ", is " + value);
        }
    }

    private static void between(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException("membership.cut." + key + " must be between " + least.toMillis()
                    + " ms and " + most.toMillis() + " ms, is " + value.toMillis() + " ms");
        }
    }
}
