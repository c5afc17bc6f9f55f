package io.holdfast.fencing.ipmi.sdr;

import io.holdfast.fencing.HardwareHealth.Grade;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the states of sensors that measure nothing mean (tables 42-2 and 42-3). Only what holds a machine together is looked at:
 * power supplies, fans, drives, and whatever of these kinds of sensors are there for temperature, voltage and current.
 */
final class SensorStates {

    /** What one state says; those of no meaning for us are good. */
    record Meaning(String what, Grade grade) {}

    /** States that each kind of sensor has of its own. */
    static final int SPECIFIC = 0x6f;

    private static final Map<Integer, String> KINDS = Map.of(
            0x01, "temperature",
            0x02, "voltage",
            0x03, "current",
            0x04, "fan",
            0x08, "power supply",
            0x09, "power unit",
            0x0a, "cooling",
            0x0b, "sensor",
            0x0d, "drive");

    private static final List<Meaning> POWER_SUPPLY = List.of(
            good("present"),
            bad("failed"),
            poor("is about to fail"),
            bad("its input is lost"),
            bad("its input is lost or out of range"),
            poor("its input is out of range"),
            poor("its configuration is wrong"),
            good("in reserve"));

    private static final List<Meaning> POWER_UNIT = List.of(
            good("off"),
            good("power cycle"),
            good("240 V down"),
            poor("interlock down"),
            bad("its input is lost"),
            bad("soft power control failed"),
            bad("failed"),
            poor("is about to fail"));

    private static final List<Meaning> DRIVE = List.of(
            good("present"),
            bad("failed"),
            poor("is about to fail"),
            good("in reserve"),
            good("its consistency is being checked"),
            poor("its array has lost its redundancy"),
            bad("its array has failed"),
            poor("is being rebuilt"),
            poor("its rebuilding was broken off"));

    /** By the number of the generic kind. Digital states (3, 4) and those of a load (2) do not tell which of them is wrong. */
    private static final Map<Integer, List<Meaning>> GENERIC = Map.of(
            0x05, List.of(good("within its limit"), bad("beyond its limit")),
            0x06, List.of(good("performs"), bad("performs too little")),
            0x07,
                    List.of(
                            good("ok"),
                            poor("outside of what is usual"),
                            bad("critical"),
                            bad("beyond recovery"),
                            poor("outside of what is usual"),
                            bad("critical"),
                            bad("beyond recovery"),
                            good("watched"),
                            good("informational")),
            0x08, List.of(good("absent"), good("present")),
            0x0a,
                    List.of(
                            good("running"),
                            good("in test"),
                            good("off"),
                            good("on line"),
                            good("off line"),
                            good("off duty"),
                            poor("degraded"),
                            good("saves power"),
                            bad("installed wrongly")),
            0x0b,
                    List.of(
                            good("fully redundant"),
                            poor("redundancy lost"),
                            poor("redundancy degraded"),
                            poor("not redundant, and still enough"),
                            poor("not redundant, and enough again"),
                            bad("not redundant, and not enough"),
                            poor("redundancy degraded"),
                            poor("redundancy degraded")));

    private SensorStates() {}

    private static Meaning good(String what) {
        return new Meaning(what, Grade.GOOD);
    }

    private static Meaning poor(String what) {
        return new Meaning(what, Grade.POOR);
    }

    private static Meaning bad(String what) {
        return new Meaning(what, Grade.BAD);
    }

    /** In a word, what a sensor of that type watches. */
    static String kind(int type) {
        return KINDS.getOrDefault(type, "sensor");
    }

    /** What the states of such a sensor mean, by their number, if we look at such sensors. */
    static Optional<List<Meaning>> meanings(int type, int reading) {
        if (!KINDS.containsKey(type)) {
            return Optional.empty();
        }
        if (reading != SPECIFIC) {
            return Optional.ofNullable(GENERIC.get(reading));
        }
        return switch (type) {
            case 0x08 -> Optional.of(POWER_SUPPLY);
            case 0x09 -> Optional.of(POWER_UNIT);
            case 0x0d -> Optional.of(DRIVE);
            default -> Optional.empty();
        };
    }
}
