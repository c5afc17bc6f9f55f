package io.holdfast.api.neutron;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.model.ProjectId;
import io.holdfast.network.Ipv4;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reading and writing the small parts of Neutron's documents. */
final class NeutronJson {

    private NeutronJson() {}

    /** What only this API's own words can hold; empty when the text is no id. */
    static Optional<UUID> id(String text) {
        return text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
                ? Optional.of(UUID.fromString(text))
                : Optional.empty();
    }

    static UUID requireId(String field, String text) {
        return id(text).orElseThrow(() -> invalid(field, text, "is not a valid UUID"));
    }

    static Ipv4 address(String field, String text) {
        return Ipv4.parse(text).orElseThrow(() -> invalid(field, text, "is not a valid IPv4 address"));
    }

    static List<Ipv4> addresses(String field, JsonArray list) {
        return list.stream()
                .map(one -> address(field, one.toString()))
                .distinct()
                .toList();
    }

    static List<UUID> ids(String field, JsonArray list) {
        return list.stream().map(one -> requireId(field, one.toString())).toList();
    }

    static ApiFault invalid(String field, Object value, String why) {
        return new ApiFault(
                400, "InvalidInput", "Invalid input for " + field + ". Reason: '" + value + "' " + why + ".");
    }

    /** The project that it is made for: the caller's; an administrator may name another. */
    static ProjectId project(Call call, JsonObject wanted) {
        String named = wanted.getString("project_id", wanted.getString("tenant_id"));
        if (named == null || named.equals(call.caller().project().value())) {
            return call.caller().project();
        }
        if (!call.caller().isAdmin()) {
            throw new ApiFault(403, "Policy doesn't allow a project other than the caller's.");
        }
        try {
            return ProjectId.of(named);
        } catch (IllegalArgumentException e) {
            throw invalid("project_id", named, "is not the id of a project");
        }
    }

    static String text(JsonObject wanted, String field) {
        String value = wanted.getString(field);
        return value == null ? "" : value;
    }

    static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    static JsonArray strings(List<?> list) {
        JsonArray array = new JsonArray();
        list.forEach(one -> array.add(one.toString()));
        return array;
    }

    /** What every document has. */
    static JsonObject document(
            UUID id, String name, ProjectId project, @Nullable String description, Instant created, Instant updated) {
        return new JsonObject()
                .put("id", id.toString())
                .put("name", name)
                .put("tenant_id", project.value())
                .put("project_id", project.value())
                .put("description", description)
                .put("tags", new JsonArray())
                .put("created_at", time(created))
                .put("updated_at", time(updated));
    }
}
