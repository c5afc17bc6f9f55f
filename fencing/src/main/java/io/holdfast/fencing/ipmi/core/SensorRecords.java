package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.sdr.SensorRecord;
import java.util.List;

/**
 * The sensors that a device has records of, read to the end, and the mark by which it tells whether the records are still those.
 *
 * @param mark number of records, time of the last addition, time of the last removal (section 33.9)
 * @param sensors those that tell something
 * @param garbled the records that could not be read
 */
public record SensorRecords(Bytes mark, List<SensorRecord> sensors, List<Finding> garbled) {

    public SensorRecords {
        sensors = List.copyOf(sensors);
        garbled = List.copyOf(garbled);
    }

    /** Whether the records are still those. A device that does not say when they changed is asked for all of them each time. */
    boolean isOf(Bytes now) {
        return mark.equals(now) && !now.slice(2, 6).equals(Bytes.of(0xff, 0xff, 0xff, 0xff));
    }
}
