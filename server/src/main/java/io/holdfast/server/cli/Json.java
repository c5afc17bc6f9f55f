package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reading answers without trusting their shape: what is missing is empty, never an error. */
final class Json {

    private Json() {}

    /** The text of the first of these fields that is there and not null; a dot goes one level down. */
    static String text(JsonNode node, String... fields) {
        for (String field : fields) {
            JsonNode found = at(node, field);
            if (!found.isMissingNode() && !found.isNull()) {
                return plain(found);
            }
        }
        return "";
    }

    static JsonNode at(JsonNode node, String field) {
        JsonNode found = node;
        // Nova's extension fields have dots and colons in their names, so the whole name goes first.
        if (found.has(field)) {
            return found.get(field);
        }
        for (String part : field.split("\\.", -1)) {
            found = found.path(part);
        }
        return found;
    }

    /** The list under the first of these fields that is one; else the node itself if it is a list; else nothing. */
    static List<JsonNode> list(JsonNode node, String... fields) {
        for (String field : fields) {
            if (at(node, field).isArray()) {
                return children(at(node, field));
            }
        }
        return node.isArray() ? children(node) : List.of();
    }

    private static List<JsonNode> children(JsonNode array) {
        List<JsonNode> all = new ArrayList<>();
        array.forEach(all::add);
        return all;
    }

    /** The object under this field if it is wrapped so, else the node itself. */
    static JsonNode unwrapped(JsonNode node, String field) {
        JsonNode inner = node.path(field);
        return inner.isObject() ? inner : node;
    }

    static String plain(JsonNode node) {
        if (node instanceof MissingNode || node.isNull()) {
            return "";
        }
        if (node.isBoolean()) {
            return node.asBoolean() ? "yes" : "no";
        }
        if (node.isValueNode()) {
            return node.asText();
        }
        if (node.isArray()) {
            return children(node).stream().map(Json::plain).collect(Collectors.joining(", "));
        }
        return node.properties().stream()
                .map((Map.Entry<String, JsonNode> each) -> each.getKey() + "=" + plain(each.getValue()))
                .collect(Collectors.joining(", "));
    }
}
