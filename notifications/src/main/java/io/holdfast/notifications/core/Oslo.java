package io.holdfast.notifications.core;

import io.holdfast.model.Fact;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Facts in the words of OpenStack's versioned notifications: each as our own event {@code holdfast.<type>}, whose payload
 * is the fault's record, and those that Nova has a word for as Nova's, too.
 *
 * <p>Ids are made of the fact's, so that what is sent again is recognised.
 */
public final class Oslo {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

    /** What changes how a host's compute service stands. */
    private static final Set<String> SERVICE = Set.of(
            "host.condemned",
            "host.fenced",
            "host.returned",
            "host.joined",
            "host.left",
            "host.maintenance",
            "host.quarantined",
            "host.released");

    /** What failed in a way that somebody has to look at. */
    private static final Set<String> EXCEPTIONS =
            Set.of("host.fence-failed", "host.needs-operator", "instance.needs-operator");

    private Oslo() {}

    /**
     * One notification.
     *
     * @param priority {@code info}, {@code warn} or {@code error}: the last part of the routing key
     */
    public record Notification(
            UUID id, String eventType, String priority, String publisher, Instant at, Map<String, Object> payload) {

        /** The message inside of the envelope, JSON-ready. */
        public Map<String, Object> message() {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("message_id", id.toString());
            message.put("publisher_id", publisher);
            message.put("event_type", eventType);
            message.put("priority", priority.toUpperCase(java.util.Locale.ROOT));
            message.put("payload", payload);
            message.put("timestamp", TIME.format(at));
            // By this oslo.messaging knows what it has had already.
            message.put("_unique_id", id.toString().replace("-", ""));
            return message;
        }
    }

    /** The host that a fact names, if it names one. */
    public static Optional<String> host(Fact fact) {
        return fact.data().get("host") instanceof String host ? Optional.of(host) : Optional.empty();
    }

    /**
     * @param instance Nova's data of the instance that the fact is about, if there is one
     * @param service Nova's data of the service on the fact's host, if there is one
     */
    public static List<Notification> of(
            Fact fact, Optional<Map<String, Object>> instance, Optional<Map<String, Object>> service) {
        String publisher = host(fact).map(host -> "nova-compute:" + host).orElse("holdfast:holdfast");
        List<Notification> all = new ArrayList<>();
        instance.ifPresent(data -> all.add(ofInstance(fact, publisher, data)));
        if (SERVICE.contains(fact.type())) {
            service.ifPresent(data -> all.add(notification(
                    fact, "service.update", "info", publisher, object("ServiceStatusPayload", "1.1", data))));
        }
        if (EXCEPTIONS.contains(fact.type())) {
            all.add(notification(fact, "compute.exception", "error", publisher, exception(fact)));
        }
        all.add(notification(
                fact,
                "holdfast." + fact.type(),
                switch (FactType.of(fact.type()).severity()) {
                    case INFO -> "info";
                    case WARNING -> "warn";
                    case CRITICAL -> "error";
                },
                "holdfast:" + host(fact).orElse("holdfast"),
                wrapped("FaultPayload", "1.0", "holdfast", FaultRecord.of(fact))));
        return all;
    }

    private static Notification ofInstance(Fact fact, String publisher, Map<String, Object> instance) {
        Map<String, Object> data = new LinkedHashMap<>(instance);
        data.put("fault", null);
        return switch (fact.type()) {
            case "instance.evacuating" ->
                notification(
                        fact, "instance.evacuate", "info", publisher, object("InstanceActionPayload", "1.8", data));
            case "instance.recovered" -> {
                data.put("trusted_image_certificates", null);
                yield notification(
                        fact,
                        "instance.rebuild.end",
                        "info",
                        publisher,
                        object("InstanceActionRebuildPayload", "1.9", data));
            }
            case "instance.needs-operator" -> {
                data.put("fault", exception(fact));
                data.put("trusted_image_certificates", null);
                yield notification(
                        fact,
                        "instance.rebuild.error",
                        "error",
                        publisher,
                        object("InstanceActionRebuildPayload", "1.9", data));
            }
            default -> {
                data.remove("fault");
                Map<String, Object> state = new LinkedHashMap<>();
                state.put("old_state", data.get("state"));
                state.put("state", data.get("state"));
                state.put("old_task_state", data.get("task_state"));
                state.put("new_task_state", data.get("task_state"));
                data.put("state_update", object("InstanceStateUpdatePayload", "1.0", state));
                data.put("old_display_name", null);
                data.put("bandwidth", List.of());
                data.putIfAbsent("tags", List.of());
                yield notification(
                        fact, "instance.update", "info", publisher, object("InstanceUpdatePayload", "2.0", data));
            }
        };
    }

    private static Map<String, Object> exception(Fact fact) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("module_name", "holdfast");
        data.put("function_name", fact.type());
        data.put("exception", FactType.of(fact.type()).cause());
        data.put("exception_message", String.valueOf(fact.data().getOrDefault("reason", "")));
        data.put("traceback", "");
        return object("ExceptionPayload", "1.1", data);
    }

    private static Notification notification(
            Fact fact, String eventType, String priority, String publisher, Map<String, Object> payload) {
        UUID id = UUID.nameUUIDFromBytes((fact.id() + " as " + eventType).getBytes(StandardCharsets.UTF_8));
        return new Notification(id, eventType, priority, publisher, fact.at(), payload);
    }

    private static Map<String, Object> object(String name, String version, Map<String, Object> data) {
        return wrapped(name, version, "nova", data);
    }

    private static Map<String, Object> wrapped(
            String name, String version, String namespace, Map<String, Object> data) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("nova_object.name", name);
        object.put("nova_object.namespace", namespace);
        object.put("nova_object.version", version);
        object.put("nova_object.data", data);
        return object;
    }
}
