package io.holdfast.fencing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a rehearsal of one host's fencing found.
 *
 * @param at wall time of its end
 * @param levels in their order; none when nothing is configured for the host
 */
public record FenceCheck(Instant at, List<Level> levels) {

    public FenceCheck {
        levels = List.copyOf(levels);
    }

    /** Whether some level would isolate the host, as far as can be known without doing it. */
    public boolean works() {
        return levels.stream().anyMatch(Level::works);
    }

    /** Why no level works, one line for people; empty if one does. */
    public String trouble() {
        if (works()) {
            return "";
        }
        return levels.isEmpty()
                ? "no fence device is configured for it"
                : levels.stream()
                        .flatMap(level -> level.devices().stream())
                        .filter(device -> !device.works())
                        .map(device -> device.name() + ": " + device.worst().text())
                        .collect(Collectors.joining("; "));
    }

    /** One level; all of its devices have to work. */
    public record Level(List<Device> devices) {

        public Level {
            devices = List.copyOf(devices);
        }

        public boolean works() {
            return devices.stream().allMatch(Device::works);
        }
    }

    /**
     * One device.
     *
     * @param findings at least one, in the order in which they were made
     */
    public record Device(String name, List<Finding> findings) {

        public Device {
            findings = List.copyOf(findings);
        }

        public boolean works() {
            return worst().grade() != Grade.FAIL;
        }

        /** The first of the worst findings. */
        public Finding worst() {
            Finding worst = findings.getFirst();
            for (Finding each : findings) {
                if (each.grade().compareTo(worst.grade()) > 0) {
                    worst = each;
                }
            }
            return worst;
        }
    }

    /**
     * One finding.
     *
     * @param text for people
     * @param took how long the answer took that it rests on
     */
    public record Finding(Subject subject, Grade grade, String text, Duration took) {}

    /** What was looked at. */
    public enum Subject {
        /** Session, password, and the state of the power. */
        POWER,
        /** How long the reading of the power took. */
        LATENCY,
        /** Whether the account may cut the power. */
        RIGHTS,
        /** The device's clock against ours. */
        CLOCK,
        /** The device's own question whether it is well. */
        MONITOR,
        /** Whether it would be known that the host has stopped itself. */
        SELF_FENCE,
        /** Whether messages of the host's crashed kernel would be heard. */
        KERNEL_DUMP,
        /** Everything besides the power, where nothing of it was answered. */
        OTHERS
    }

    /** What it means, from good to bad. */
    public enum Grade {
        OK,
        /** The device does not say; nothing follows from that. */
        UNTOLD,
        /** Worth mending; the device would still fence. */
        WARN,
        /** With this the device proves nothing, or does not obey. */
        FAIL
    }
}
