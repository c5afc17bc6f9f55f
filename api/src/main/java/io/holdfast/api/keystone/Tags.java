package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Words on projects and domains: how they are read, and which projects a list asks for by them. */
final class Tags {

    /** Of one project. */
    static final int MAX = 80;

    private Tags() {}

    /** Of a body, each once, without what stands around it; none where there are none. */
    static List<String> of(JsonObject wanted) {
        return of(wanted.getJsonArray("tags"));
    }

    private static List<String> of(@Nullable JsonArray tags) {
        return tags == null
                ? List.of()
                : tags.stream()
                        .map(tag -> stripped(String.valueOf(tag)))
                        .distinct()
                        .toList();
    }

    /** @throws ApiFault 400 for a blank one */
    static String stripped(String tag) {
        String stripped = tag.strip();
        if (stripped.isEmpty()) {
            throw ApiFault.badRequest("Invalid input for field/attribute tags. A tag must not be blank.");
        }
        return stripped;
    }

    /** @throws ApiFault 400 when it is there already, or there are as many as there may be */
    static List<String> with(List<String> tags, String tag) {
        if (tags.contains(tag)) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute tags. The project has the tag " + tag + " already.");
        }
        if (tags.size() >= MAX) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute tags. A project can have at most " + MAX + ".");
        }
        List<String> more = new ArrayList<>(tags);
        more.add(tag);
        return more;
    }

    /**
     * What a list asks for: {@code tags} all of these, {@code tags-any} one of them, {@code not-tags} not all of them, {@code not-tags-any}
     * none of them; several of these conditions hold together.
     */
    static Filter filter(Call call) {
        return new Filter(
                asked(call, "tags"), asked(call, "tags-any"), asked(call, "not-tags"), asked(call, "not-tags-any"));
    }

    private static @Nullable Set<String> asked(Call call, String name) {
        String value = call.query(name);
        return value == null ? null : new TreeSet<>(List.of(value.split(",", -1)));
    }

    /** Null for what was not asked for. */
    record Filter(
            @Nullable Set<String> all,
            @Nullable Set<String> any,
            @Nullable Set<String> notAll,
            @Nullable Set<String> notAny) {

        boolean holds(List<String> tags) {
            return (all == null || tags.containsAll(all))
                    && (any == null || any.stream().anyMatch(tags::contains))
                    && (notAll == null || !tags.containsAll(notAll))
                    && (notAny == null || notAny.stream().noneMatch(tags::contains));
        }
    }
}
