package io.holdfast.server.agent.health.core;

import java.time.Duration;

/**
 * From where on something is poor, and bad. Keys begin with {@code health.limits.}
 *
 * @param libvirtPoor an answer of libvirt that takes longer is poor, 10 ms to 1 min; default 500 ms
 * @param libvirtBad an answer that takes longer, or has not come for so long, is bad, up to 5 min; default 2 s. Too small: a busy
 *     daemon is taken for a dead one, and perhaps restarted; too large: a hung one is found late
 * @param storagePoor a write to the shared storage, or a read from it, that takes longer is poor, 1 ms to 1 min; default 500 ms
 * @param storageBad one that takes longer, or has not come back for so long, is bad, up to 5 min; default 2 s
 * @param diskPoorPercent a file system with less free is poor, 0 to 100; default 10
 * @param diskBadPercent with less free it is bad; default 3; 0: never
 * @param memoryPoorPercent with less of the memory available it is poor, 0 to 100; default 10
 * @param memoryBadPercent with less available it is bad; default 4; 0: never
 * @param stallPoorPercent when all tasks wait for memory for a larger share of 10 s it is poor, 0 to 100; default 10
 * @param stallBadPercent for a larger share it is bad; default 40; 100: never
 * @param clockPoor a larger step of the wall clock within a minute is poor, 10 ms to 1 h; default 500 ms
 * @param clockBad a larger step is bad, up to 1 day; default 5 s
 * @param worseAfter as many measures in a row must be worse before a finding gets worse, 1 to 20; default 2
 * @param betterAfter as many must be better before it gets better, 1 to 100; default 3. Too small: a finding comes and goes
 */
public record HealthLimits(
        Duration libvirtPoor,
        Duration libvirtBad,
        Duration storagePoor,
        Duration storageBad,
        int diskPoorPercent,
        int diskBadPercent,
        int memoryPoorPercent,
        int memoryBadPercent,
        int stallPoorPercent,
        int stallBadPercent,
        Duration clockPoor,
        Duration clockBad,
        int worseAfter,
        int betterAfter) {

    public HealthLimits {
        rising("libvirt", libvirtPoor, libvirtBad, Duration.ofMillis(10), Duration.ofMinutes(5));
        rising("storage", storagePoor, storageBad, Duration.ofMillis(1), Duration.ofMinutes(5));
        falling("disk", diskPoorPercent, diskBadPercent);
        falling("memory", memoryPoorPercent, memoryBadPercent);
        // What is stalled is bad when there is much of it, so the pair stands the other way round.
        falling("stall", 100 - stallPoorPercent, 100 - stallBadPercent, stallPoorPercent, stallBadPercent, "below");
        rising("clock", clockPoor, clockBad, Duration.ofMillis(10), Duration.ofDays(1));
        within("worse-after", worseAfter, 20);
        within("better-after", betterAfter, 100);
    }

    public static HealthLimits defaults() {
        return new HealthLimits(
                Duration.ofMillis(500),
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                Duration.ofSeconds(2),
                10,
                3,
                10,
                4,
                10,
                40,
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                2,
                3);
    }

    private static void rising(String what, Duration poor, Duration bad, Duration least, Duration most) {
        if (poor.compareTo(least) < 0 || bad.compareTo(most) > 0 || poor.compareTo(bad) >= 0) {
            throw new IllegalArgumentException("health.limits." + what + "-poor must be at least " + least.toMillis()
                    + "ms and shorter than health.limits." + what + "-bad, which must be at most " + most.toSeconds()
                    + "s; they are " + poor.toMillis() + "ms and " + bad.toMillis() + "ms");
        }
    }

    private static void falling(String what, int poor, int bad) {
        falling(what, poor, bad, poor, bad, "above");
    }

    private static void falling(String what, int poor, int bad, int givenPoor, int givenBad, String side) {
        if (bad < 0 || poor > 100 || poor <= bad) {
            throw new IllegalArgumentException("health.limits." + what + "-poor-percent must be " + side
                    + " health.limits." + what + "-bad-percent, both between 0 and 100; they are " + givenPoor + " and "
                    + givenBad);
        }
    }

    private static void within(String key, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(
                    "health.limits." + key + " must be between 1 and " + most + ", is " + value);
        }
    }
}
