package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.HardwareHealth.Limits;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import java.util.ArrayList;
import java.util.List;

/** The answer to Get Chassis Status (section 28.2), of at least three octets. */
record ChassisStatus(Bytes data) {

    boolean hasPower() {
        return (data.at(0) & 0x01) != 0;
    }

    /** One for the power, and one for each fault that the chassis says it has. */
    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        fault(findings, 0, 0x02, "power", "overload", Grade.BAD);
        fault(findings, 0, 0x08, "power", "fault in the main power", Grade.BAD);
        fault(findings, 0, 0x10, "power", "the power did not follow an order", Grade.BAD);
        // A machine that runs again has a past, and perhaps a future like it.
        fault(findings, 1, 0x02, "power", "its last power off was from an overload", Grade.POOR);
        fault(findings, 1, 0x08, "power", "its last power off was from a fault", Grade.POOR);
        fault(findings, 2, 0x04, "drive", "fault", Grade.BAD);
        fault(findings, 2, 0x08, "cooling", "fault", Grade.BAD);
        if (findings.isEmpty()) {
            findings.add(finding("power", lastEvent(), Grade.GOOD));
        }
        return findings;
    }

    private String lastEvent() {
        return (data.at(1) & 0x01) == 0 ? "no fault" : "no fault; its last power off was from a loss of mains";
    }

    private void fault(List<Finding> findings, int octet, int bit, String kind, String what, Grade grade) {
        if ((data.at(octet) & bit) != 0) {
            findings.add(finding(kind, what, grade));
        }
    }

    private static Finding finding(String kind, String what, Grade grade) {
        return new Finding("chassis", kind, "", "", Limits.NONE, what, grade);
    }
}
