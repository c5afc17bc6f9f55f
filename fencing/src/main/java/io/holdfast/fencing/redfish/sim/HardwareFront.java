package io.holdfast.fencing.redfish.sim;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.fencing.sim.SimulatedHardware;
import io.holdfast.fencing.sim.SimulatedHardware.Bounds;
import io.holdfast.fencing.sim.SimulatedHardware.Component;
import io.holdfast.fencing.sim.SimulatedHardware.Kind;
import java.util.List;
import java.util.Optional;

/** A machine's hardware in Redfish's words: a chassis with lists of its parts, or with subsystems. */
final class HardwareFront {

    static final String CHASSIS = "/redfish/v1/Chassis/1";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OK = "OK";
    private static final String WARNING = "Warning";
    private static final String CRITICAL = "Critical";

    private final SimulatedHardware hardware;

    HardwareFront(SimulatedHardware hardware) {
        this.hardware = hardware;
    }

    /** The health of the whole: its own, and the worst of its parts. */
    ObjectNode whole() {
        String worst = OK;
        for (Component each : hardware.components()) {
            String health = health(each);
            worst = health.equals(CRITICAL) || worst.equals(CRITICAL) ? CRITICAL : health.equals(OK) ? worst : WARNING;
        }
        return JSON.createObjectNode()
                .put("State", "Enabled")
                .put("Health", hardware.faults().isEmpty() ? OK : CRITICAL)
                .put("HealthRollup", hardware.faults().isEmpty() ? worst : CRITICAL);
    }

    /** What is at that path, if it is the chassis or a part of it. */
    Optional<ObjectNode> at(String path, boolean subsystems) {
        if (!path.startsWith(CHASSIS)) {
            return Optional.empty();
        }
        ObjectNode found = JSON.createObjectNode().put("@odata.id", path);
        String below = path.substring(CHASSIS.length());
        return switch (below) {
            case "" -> {
                found.set("Status", whole());
                for (String part :
                        subsystems ? List.of("ThermalSubsystem", "PowerSubsystem") : List.of("Thermal", "Power")) {
                    found.putObject(part).put("@odata.id", CHASSIS + "/" + part);
                }
                yield Optional.of(found);
            }
            case "/Thermal" -> {
                list(found.putArray("Temperatures"), Kind.TEMPERATURE);
                list(found.putArray("Fans"), Kind.FAN);
                yield Optional.of(found);
            }
            case "/Power" -> {
                list(found.putArray("Voltages"), Kind.VOLTAGE);
                list(found.putArray("PowerSupplies"), Kind.POWER_SUPPLY);
                yield Optional.of(found);
            }
            case "/ThermalSubsystem" -> {
                found.putObject("Fans").put("@odata.id", path + "/Fans");
                yield Optional.of(found);
            }
            case "/PowerSubsystem" -> {
                found.putObject("PowerSupplies").put("@odata.id", path + "/PowerSupplies");
                yield Optional.of(found);
            }
            case "/ThermalSubsystem/Fans", "/PowerSubsystem/PowerSupplies" -> {
                ArrayNode members = found.putArray("Members");
                Kind kind = below.endsWith("Fans") ? Kind.FAN : Kind.POWER_SUPPLY;
                for (int i = 0; i < of(kind).size(); i++) {
                    members.addObject().put("@odata.id", path + "/" + i);
                }
                yield Optional.of(found);
            }
            default -> member(found, below);
        };
    }

    private Optional<ObjectNode> member(ObjectNode found, String below) {
        Kind kind = below.startsWith("/ThermalSubsystem/Fans/") ? Kind.FAN : Kind.POWER_SUPPLY;
        List<Component> all = of(kind);
        String last = below.substring(below.lastIndexOf('/') + 1);
        if (!last.matches("[0-9]{1,3}") || Integer.parseInt(last) >= all.size()) {
            return Optional.empty();
        }
        Component component = all.get(Integer.parseInt(last));
        describe(found, component);
        if (kind == Kind.FAN) {
            found.putObject("SpeedPercent").put("SpeedRPM", component.value());
        }
        return Optional.of(found);
    }

    private List<Component> of(Kind kind) {
        return hardware.components().stream()
                .filter(each -> each.kind() == kind)
                .toList();
    }

    private void list(ArrayNode to, Kind kind) {
        for (Component each : of(kind)) {
            ObjectNode one = to.addObject();
            describe(one, each);
            switch (kind) {
                case TEMPERATURE -> one.put("ReadingCelsius", each.value());
                case FAN -> one.put("Reading", each.value()).put("ReadingUnits", "RPM");
                case VOLTAGE -> one.put("ReadingVolts", each.value());
                case POWER_SUPPLY, DRIVE -> {}
            }
            limit(one, "LowerThresholdFatal", each.bounds().lowerFatal());
            limit(one, "LowerThresholdCritical", each.bounds().lowerCritical());
            limit(one, "LowerThresholdNonCritical", each.bounds().lowerWarning());
            limit(one, "UpperThresholdNonCritical", each.bounds().upperWarning());
            limit(one, "UpperThresholdCritical", each.bounds().upperCritical());
            limit(one, "UpperThresholdFatal", each.bounds().upperFatal());
        }
    }

    private static void limit(ObjectNode to, String key, double value) {
        if (!Double.isNaN(value)) {
            to.put(key, value);
        }
    }

    private static void describe(ObjectNode to, Component component) {
        ObjectNode status = to.put("Name", component.name()).putObject("Status");
        switch (component.state()) {
            case ABSENT -> status.put("State", "Absent");
            case DISABLED -> status.put("State", "Disabled");
            case UNREADABLE -> status.put("State", "Enabled").putNull("Health");
            case OK, FAILING, FAILED, LOST -> status.put("State", "Enabled").put("Health", health(component));
        }
    }

    private static String health(Component component) {
        return switch (component.state()) {
            case FAILED, LOST -> CRITICAL;
            case FAILING -> WARNING;
            case ABSENT, DISABLED, UNREADABLE -> OK;
            case OK -> {
                Bounds bounds = component.bounds();
                double value = component.value();
                boolean critical = value <= bounds.lowerCritical() || value >= bounds.upperCritical();
                boolean warning = value <= bounds.lowerWarning() || value >= bounds.upperWarning();
                yield critical ? CRITICAL : warning ? WARNING : OK;
            }
        };
    }
}
