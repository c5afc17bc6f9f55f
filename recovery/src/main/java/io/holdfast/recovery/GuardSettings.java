package io.holdfast.recovery;

import java.time.Duration;

/**
 * When recovery doubts what it is told. Keys begin with {@code recovery.guards.} How each guard thinks is in
 * {@code docs/design/guards.md}.
 *
 * @param domainShare the share of a failure domain (a rack, a PDU) that must fall silent together until a failed switch is
 *     the likelier cause and its hosts are held, 0.01 to 1.0, default 0.75; never fewer than two hosts. Too small: two real
 *     failures in one rack wait for a human; too large: a rack behind a dying switch is powered off host by host
 * @param domainWindow hosts that fell silent within this time of each other fell silent together, 1s to 10m, default 30s.
 *     Too short: a switch that dies slowly is not recognised; too long: unrelated failures are taken for one
 * @param fencesPerWindow hosts of a segment that may be fenced within {@code fenceWindow} on the evidence of silence alone,
 *     1 to 1000, default 8. Too large: a wrong conclusion does more harm before anybody sees it; too small: a real failure
 *     of many hosts waits for a human
 * @param fenceWindow 1m to 24h, default 10m
 * @param stormHolds cases held for a storm or a failure domain within {@code stormWindow} that make a storm, 2 to 1000,
 *     default 3. Too small: two hosts held by chance slow everything down; too large: nothing ever counts as a storm
 * @param stormWindow 1s to 1h, default 1m; a host that was condemned within this time counts as lost for
 *     {@code condemn-share}, also when its case is closed; one that is back only when it was fenced although its power
 *     did not read off
 * @param coolDown after a storm, how long further hosts are condemned on hard evidence only, 0s to 24h, default 10m. Too
 *     short: a network that comes and goes gets its hosts shot between two attacks; too long: real failures wait
 * @param flapLimit failures of one host within {@code flapWindow} after which it is put into quarantine when it returns, 1
 *     to 1000, default 3. Too small: a host that was rebooted twice for repair is out; too large: its guests move again and
 *     again
 * @param flapWindow 1m to 168h, default 1h
 * @param healthyPeriod a host in quarantine that was neither suspected nor failed for this long is released by itself, 1m to
 *     720h, default 6h. Too short: it returns before anybody has looked; too long: its room is missing
 */
public record GuardSettings(
        double domainShare,
        Duration domainWindow,
        int fencesPerWindow,
        Duration fenceWindow,
        int stormHolds,
        Duration stormWindow,
        Duration coolDown,
        int flapLimit,
        Duration flapWindow,
        Duration healthyPeriod) {

    public GuardSettings {
        if (!(domainShare >= 0.01 && domainShare <= 1.0)) {
            throw new IllegalArgumentException(
                    "recovery.guards.domain-share must be between 0.01 and 1.0, is " + domainShare);
        }
        within("domain-window", domainWindow, Duration.ofSeconds(1), Duration.ofMinutes(10));
        within("fences-per-window", fencesPerWindow, 1, 1000);
        within("fence-window", fenceWindow, Duration.ofMinutes(1), Duration.ofHours(24));
        within("storm-holds", stormHolds, 2, 1000);
        within("storm-window", stormWindow, Duration.ofSeconds(1), Duration.ofHours(1));
        within("cool-down", coolDown, Duration.ZERO, Duration.ofHours(24));
        within("flap-limit", flapLimit, 1, 1000);
        within("flap-window", flapWindow, Duration.ofMinutes(1), Duration.ofDays(7));
        within("healthy-period", healthyPeriod, Duration.ofMinutes(1), Duration.ofDays(30));
    }

    public static GuardSettings defaults() {
        return new GuardSettings(
                0.75,
                Duration.ofSeconds(30),
                8,
                Duration.ofMinutes(10),
                3,
                Duration.ofMinutes(1),
                Duration.ofMinutes(10),
                3,
                Duration.ofHours(1),
                Duration.ofHours(6));
    }

    /** For a lab, whose hosts are made to fail again and again: nothing is held for how often. */
    public GuardSettings forRepeatedFailures() {
        return new GuardSettings(
                domainShare,
                domainWindow,
                1000,
                fenceWindow,
                stormHolds,
                Duration.ofSeconds(1),
                coolDown,
                1000,
                flapWindow,
                healthyPeriod);
    }

    /** How far back anything is looked at. */
    public Duration memory() {
        Duration storm = stormWindow.plus(coolDown);
        Duration longest = storm.compareTo(fenceWindow) > 0 ? storm : fenceWindow;
        return longest.compareTo(flapWindow) > 0 ? longest : flapWindow;
    }

    private static void within(String key, Duration value, Duration min, Duration max) {
        RecoverySettings.within("guards." + key, value, min, max);
    }

    private static void within(String key, int value, int min, int max) {
        RecoverySettings.within("guards." + key, value, min, max);
    }
}
