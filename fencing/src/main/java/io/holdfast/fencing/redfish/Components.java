package io.holdfast.fencing.redfish;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.HardwareHealth.Limits;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What resources say of the health of hardware. Pure: from JSON to findings; whatever a service sends, it is never bad without its word. */
final class Components {

    /** Of one list; the largest chassis have some tens of fans. */
    private static final int LISTED_MAX = 128;

    private static final int NAME_LENGTH_MAX = 60;
    private static final MathContext FIGURES = new MathContext(5);

    private Components() {}

    /**
     * One resource as a whole: its own health, or if that is worse, its parts'.
     *
     * @param component what it is, for people
     */
    static Finding whole(JsonNode resource, String component) {
        JsonNode status = resource.path("Status");
        Grade own = grade(status.path("Health"));
        Grade parts = grade(status.path("HealthRollup"));
        boolean fromParts = parts.compareTo(own) > 0;
        String word = word(status.path(fromParts ? "HealthRollup" : "Health"));
        return new Finding(
                component,
                "whole",
                "",
                "",
                Limits.NONE,
                word.isEmpty() ? "its health is not told" : "health is " + word + (fromParts ? " by its parts" : ""),
                fromParts ? parts : own);
    }

    /** Temperatures and fans, as the older kind of chassis has them. */
    static List<Finding> thermal(JsonNode thermal) {
        List<Finding> findings = new ArrayList<>();
        listed(thermal, "Temperatures", "temperature", "ReadingCelsius", "degrees C", findings);
        listed(thermal, "Fans", "fan", "Reading", null, findings);
        return findings;
    }

    /** Voltages and power supplies, as the older kind of chassis has them. */
    static List<Finding> power(JsonNode power) {
        List<Finding> findings = new ArrayList<>();
        listed(power, "Voltages", "voltage", "ReadingVolts", "V", findings);
        listed(power, "PowerSupplies", "power supply", "", "", findings);
        return findings;
    }

    /** One member of a collection, as the newer kind of subsystem has them. */
    static Finding member(JsonNode member, String kind) {
        JsonNode speed = member.path("SpeedPercent").path("SpeedRPM");
        return finding(member, kind, speed, speed.isNumber() ? "RPM" : "");
    }

    private static void listed(
            JsonNode resource, String list, String kind, String reading, @Nullable String unit, List<Finding> to) {
        int count = 0;
        for (JsonNode each : resource.path(list)) {
            if (++count > LISTED_MAX) {
                return;
            }
            to.add(finding(each, kind, each.path(reading), unit == null ? word(each.path("ReadingUnits")) : unit));
        }
    }

    private static Finding finding(JsonNode resource, String kind, JsonNode reading, String unit) {
        String value = number(reading).orElse("");
        String state = word(resource.path("Status").path("State"));
        Grade grade = grade(resource.path("Status").path("Health"));
        // A bay with nothing in it, or something that is switched off, may carry an old word.
        boolean there = state.isEmpty() || state.equals("Enabled") || state.equals("StandbySpare");
        String health = word(resource.path("Status").path("Health"));
        return new Finding(
                name(resource, kind),
                kind,
                value,
                value.isEmpty() ? "" : unit,
                new Limits(
                        limit(resource, "LowerThresholdFatal"),
                        limit(resource, "LowerThresholdCritical"),
                        limit(resource, "LowerThresholdNonCritical"),
                        limit(resource, "UpperThresholdNonCritical"),
                        limit(resource, "UpperThresholdCritical"),
                        limit(resource, "UpperThresholdFatal")),
                there ? (health.isEmpty() ? "its health is not told" : "health is " + health) : "is " + state,
                there ? grade : Grade.UNKNOWN);
    }

    private static String name(JsonNode resource, String kind) {
        for (String key : List.of("Name", "FanName", "MemberId", "Id")) {
            String name = word(resource.path(key));
            if (!name.isEmpty()) {
                return name;
            }
        }
        return kind;
    }

    private static @Nullable String limit(JsonNode resource, String key) {
        return number(resource.path(key)).orElse(null);
    }

    private static Optional<String> number(JsonNode node) {
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            return Optional.empty();
        }
        BigDecimal rounded =
                BigDecimal.valueOf(node.doubleValue()).round(FIGURES).stripTrailingZeros();
        return Optional.of(Math.abs(rounded.scale()) > 12 ? rounded.toString() : rounded.toPlainString());
    }

    private static String word(JsonNode node) {
        String text = node.isTextual() ? Resources.text(node.textValue()).strip() : "";
        return text.length() > NAME_LENGTH_MAX ? text.substring(0, NAME_LENGTH_MAX) : text;
    }

    private static Grade grade(JsonNode health) {
        if (!health.isTextual()) {
            return Grade.UNKNOWN;
        }
        return switch (health.textValue()) {
            case "OK" -> Grade.GOOD;
            case "Warning" -> Grade.POOR;
            case "Critical" -> Grade.BAD;
            default -> Grade.UNKNOWN;
        };
    }
}
