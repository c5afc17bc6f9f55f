package io.holdfast.fencing.ipmi.sdr;

import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.HardwareHealth.Limits;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import java.util.List;
import java.util.Optional;

/** What the answer to Get Sensor Reading (section 35.14) says of a sensor. What was not read is unknown, never bad. */
public final class SensorReading {

    private static final int UNAVAILABLE = 0x20;
    private static final int SCANNING = 0x40;

    private static final List<SensorStates.Meaning> THRESHOLDS = List.of(
            new SensorStates.Meaning("below the warning limit", Grade.POOR),
            new SensorStates.Meaning("below the critical limit", Grade.BAD),
            new SensorStates.Meaning("below the fatal limit", Grade.BAD),
            new SensorStates.Meaning("above the warning limit", Grade.POOR),
            new SensorStates.Meaning("above the critical limit", Grade.BAD),
            new SensorStates.Meaning("above the fatal limit", Grade.BAD));

    private SensorReading() {}

    /** Whether a sensor tells anything that is looked at, so that it is worth a question. */
    public static boolean tells(SensorRecord sensor) {
        return sensor.hasThresholds()
                || SensorStates.meanings(sensor.type(), sensor.reading()).isPresent();
    }

    /** A sensor of which nothing is known, and why. */
    public static Finding unknown(SensorRecord sensor, String why) {
        return finding(sensor, "", new SensorStates.Meaning(why, Grade.UNKNOWN));
    }

    /** @param data what followed the completion code, of any length */
    public static Finding of(SensorRecord sensor, Bytes data) {
        if (data.size() < 2) {
            return unknown(sensor, "the answer has " + data.size() + " bytes");
        }
        if ((data.at(1) & SCANNING) == 0) {
            return unknown(sensor, "not watched: scanning is disabled");
        }
        if ((data.at(1) & UNAVAILABLE) != 0) {
            return unknown(sensor, "no reading now");
        }
        if (data.size() < 3) {
            return unknown(sensor, "the answer leaves its state out");
        }
        SensorScale scale = sensor.scale();
        String value = scale == null || !sensor.hasThresholds() ? "" : scale.text(data.at(0));
        if (sensor.hasThresholds()) {
            return finding(sensor, value, worst(data.at(2) & 0x3f, THRESHOLDS, "ok"));
        }
        Optional<List<SensorStates.Meaning>> meanings = SensorStates.meanings(sensor.type(), sensor.reading());
        if (meanings.isEmpty()) {
            return unknown(sensor, "nobody knows what its states mean");
        }
        int states = data.at(2) | (data.size() > 3 ? data.at(3) & 0x7f : 0) << 8;
        // A bay says "present" as long as something is in it.
        return states == 0 && sensor.reading() == SensorStates.SPECIFIC
                ? unknown(sensor, "absent, or says nothing")
                : finding(sensor, "", worst(states, meanings.get(), "ok"));
    }

    /** Of the states that hold, the worst, and among equals the last, which with thresholds is the farthest out. */
    private static SensorStates.Meaning worst(int states, List<SensorStates.Meaning> meanings, String none) {
        SensorStates.Meaning worst = new SensorStates.Meaning(none, Grade.GOOD);
        for (int i = 0; i < meanings.size(); i++) {
            SensorStates.Meaning each = meanings.get(i);
            if ((states >> i & 1) == 1 && each.grade().compareTo(worst.grade()) >= 0) {
                worst = each;
            }
        }
        return worst;
    }

    private static Finding finding(SensorRecord sensor, String value, SensorStates.Meaning meaning) {
        return new Finding(
                sensor.name(),
                SensorStates.kind(sensor.type()),
                value,
                sensor.hasThresholds() ? sensor.unit() : "",
                sensor.hasThresholds() ? sensor.limits() : Limits.NONE,
                meaning.what(),
                meaning.grade());
    }
}
