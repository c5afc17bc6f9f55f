package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiFault;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;

/** What a payload must and may have, by the type of its notification. The contract has the shape of each field. */
final class Payloads {

    private static final Map<Notification.Type, Set<String>> REQUIRED = Map.of(
            Notification.Type.COMPUTE_HOST, Set.of("event"),
            Notification.Type.VM, Set.of("instance_uuid", "vir_domain_event", "event"),
            Notification.Type.PROCESS, Set.of("process_name", "event"));
    private static final Map<Notification.Type, Set<String>> OPTIONAL = Map.of(
            Notification.Type.COMPUTE_HOST, Set.of("host_status", "cluster_status"),
            Notification.Type.VM, Set.of(),
            Notification.Type.PROCESS, Set.of());
    private static final Set<String> EVENTS = Set.of("STARTED", "STOPPED");

    private Payloads() {}

    static void require(Notification.Type type, JsonObject payload) {
        Set<String> required = REQUIRED.getOrDefault(type, Set.of());
        for (String name : required) {
            if (!payload.containsKey(name)) {
                throw invalid("'" + name + "' is a required property of a payload of type " + type);
            }
        }
        for (String name : payload.fieldNames()) {
            if (!required.contains(name)
                    && !OPTIONAL.getOrDefault(type, Set.of()).contains(name)) {
                throw invalid("'" + name + "' is no property of a payload of type " + type);
            }
        }
        if (type != Notification.Type.VM && !EVENTS.contains(payload.getString("event"))) {
            throw invalid("event of a payload of type " + type + " must be STARTED or STOPPED");
        }
        if (type == Notification.Type.VM
                && Texts.uuid(payload.getString("instance_uuid")).isEmpty()) {
            throw invalid("'" + payload.getString("instance_uuid") + "' is not a 'uuid'");
        }
    }

    private static ApiFault invalid(String what) {
        return ApiFault.badRequest("Invalid input for field/attribute payload. " + what);
    }
}
