package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which attributes of a body mean nothing here, so that they are kept and shown beside the real ones, as Keystone does.
 *
 * <p>None of them has the name of one that an answer has by itself. A client may send back a whole answer; of that, what cannot be
 * changed is left out, but an id must be the one of the path. Something new has its names with {@code _} for {@code -} and {@code :}, as
 * Keystone writes them ({@code _normalize_dict} in {@code keystone/server/flask/common.py}); one that becomes a real one by that is
 * refused.
 *
 * @param real that mean something here
 * @param readOnly that an answer has, and nobody sets
 * @param refused that would mean something elsewhere
 */
record Extras(Set<String> real, Set<String> readOnly, Set<String> refused) {

    static final Extras USER = new Extras(
            Set.of("name", "description", "email", "enabled", "domain_id", "default_project_id", "password", "options"),
            Set.of("password_expires_at"),
            Set.of("federated"));
    static final Extras PROJECT = new Extras(
            Set.of("name", "description", "enabled", "domain_id", "parent_id", "is_domain", "tags", "options"),
            Set.of(),
            Set.of());
    static final Extras DOMAIN = new Extras(
            Set.of("name", "description", "enabled", "tags", "options"),
            Set.of(),
            Set.of("domain_id", "parent_id", "is_domain", "explicit_domain_id"));
    static final Extras ROLE = new Extras(Set.of("name", "description", "domain_id", "options"), Set.of(), Set.of());

    private static final Set<String> EVERYWHERE = Set.of("id", "links", "extra");

    /** @throws ApiFault 400 for a name that is a real one in another spelling, twice the same, or one that cannot be set */
    Map<String, @Nullable Object> ofNew(JsonObject wanted) {
        Map<String, @Nullable Object> extra = new LinkedHashMap<>();
        for (String given : wanted.fieldNames()) {
            String name = given.replace(':', '_').replace('-', '_');
            boolean known = isKnown(given);
            if (!name.equals(given) && (isKnown(name) || extra.containsKey(name) || wanted.containsKey(name))) {
                throw ApiFault.badRequest(
                        "Invalid input for field/attribute " + given + ". It would be taken for " + name + ".");
            }
            if (!known) {
                extra.put(name, plain(wanted.getValue(given)));
            }
        }
        return extra;
    }

    /**
     * @param id of what is changed
     * @throws ApiFault 400 for another id, and for a name that cannot be set
     */
    Map<String, @Nullable Object> ofChange(JsonObject wanted, String id) {
        Object other = wanted.getValue("id");
        if (other != null && !other.equals(id)) {
            throw ApiFault.badRequest("Cannot change the ID.");
        }
        Map<String, @Nullable Object> extra = new LinkedHashMap<>();
        for (String name : wanted.fieldNames()) {
            if (!isKnown(name)) {
                extra.put(name, plain(wanted.getValue(name)));
            }
        }
        return extra;
    }

    private boolean isKnown(String name) {
        if (refused.contains(name)) {
            throw ApiFault.badRequest("Invalid input for field/attribute " + name + ". It cannot be set here.");
        }
        return real.contains(name) || readOnly.contains(name) || EVERYWHERE.contains(name);
    }

    /** What an answer begins with; what is put on it afterwards stands, whatever its name is. */
    static JsonObject view(Map<String, @Nullable Object> extra) {
        return new JsonObject(new LinkedHashMap<>(extra));
    }

    /** Empty when there are none in the body. */
    static Map<String, @Nullable Object> options(JsonObject wanted) {
        JsonObject options = wanted.getJsonObject("options");
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        if (options != null) {
            options.fieldNames().forEach(name -> plain.put(name, plain(options.getValue(name))));
        }
        return plain;
    }

    /** Into the changes of a directory, where there is something. */
    void into(Map<String, @Nullable Object> changes, JsonObject wanted, String id) {
        Map<String, @Nullable Object> extra = ofChange(wanted, id);
        if (!extra.isEmpty()) {
            changes.put("extra", extra);
        }
        Map<String, @Nullable Object> options = options(wanted);
        if (!options.isEmpty()) {
            changes.put("options", options);
        }
    }

    /** Of lists and maps instead of Vert.x's types. */
    private static @Nullable Object plain(@Nullable Object value) {
        return switch (value) {
            case JsonObject object -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                object.fieldNames().forEach(name -> map.put(name, plain(object.getValue(name))));
                yield map;
            }
            case JsonArray array -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = 0; i < array.size(); i++) {
                    list.add(plain(array.getValue(i)));
                }
                yield list;
            }
            case null -> null;
            default -> value;
        };
    }
}
