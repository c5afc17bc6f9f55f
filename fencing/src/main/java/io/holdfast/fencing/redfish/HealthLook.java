package io.holdfast.fencing.redfish;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.HardwareHealth.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a system and the chassis that hold it say they are. Every path is one that the service itself names: the system its
 * chassis, a chassis its thermal and power resources, of the older kind or of the newer. What is missing is passed over; what
 * is named and cannot be read is told, and the rest is read. One thread, once.
 */
final class HealthLook {

    /** A system is in one chassis as a rule; blades are in two or three. */
    private static final int CHASSIS_MAX = 4;

    /** Of one collection; each costs a request. */
    private static final int MEMBERS_MAX = 32;

    private final Conversation conversation;
    private final List<Finding> findings = new ArrayList<>();
    private String trouble = "";

    HealthLook(Conversation conversation) {
        this.conversation = conversation;
    }

    HardwareHealth at(JsonNode system) {
        findings.add(Components.whole(system, "system"));
        int count = 0;
        for (JsonNode reference : system.path("Links").path("Chassis")) {
            if (++count <= CHASSIS_MAX) {
                chassis(reference);
            }
        }
        return new HardwareHealth(findings, trouble);
    }

    private void chassis(JsonNode reference) {
        Optional<JsonNode> chassis = read(reference);
        if (chassis.isEmpty()) {
            return;
        }
        JsonNode found = chassis.get();
        findings.add(Components.whole(found, "chassis"));
        Optional<JsonNode> cooling = read(found.path("ThermalSubsystem"));
        if (cooling.isPresent()) {
            members(cooling.get().path("Fans"), "fan");
        } else {
            read(found.path("Thermal")).ifPresent(thermal -> findings.addAll(Components.thermal(thermal)));
        }
        Optional<JsonNode> supply = read(found.path("PowerSubsystem"));
        if (supply.isPresent()) {
            members(supply.get().path("PowerSupplies"), "power supply");
        } else {
            read(found.path("Power")).ifPresent(power -> findings.addAll(Components.power(power)));
        }
    }

    private void members(JsonNode reference, String kind) {
        Optional<JsonNode> collection = read(reference);
        int count = 0;
        for (JsonNode member : collection.map(found -> found.path("Members")).orElse(reference.path("Members"))) {
            if (++count <= MEMBERS_MAX) {
                read(member).ifPresent(found -> findings.add(Components.member(found, kind)));
            }
        }
    }

    /** What is referred to; nothing where there is no reference, or it leads to nothing that can be read. */
    private Optional<JsonNode> read(JsonNode reference) {
        if (!reference.path("@odata.id").isTextual()) {
            return Optional.empty();
        }
        try {
            return Optional.of(conversation.get(Resources.linked(reference, "a part of it")));
        } catch (RedfishException e) {
            trouble = trouble.isEmpty() ? e.line() : trouble;
            return Optional.empty();
        }
    }
}
