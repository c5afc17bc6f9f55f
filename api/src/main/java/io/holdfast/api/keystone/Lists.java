package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.Directory.Filter;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Lists and what is common to bodies. */
final class Lists {

    private static final Set<String> NO = Set.of("0", "f", "false", "n", "no", "off");

    private Lists() {}

    /**
     * A list with its links; with {@code limit}, a part of it and a link to the next.
     *
     * @param id tells elements apart, for {@code marker}
     */
    static <T> Reply reply(
            Services services,
            Call call,
            String kind,
            List<T> all,
            Function<T, String> id,
            Function<T, JsonObject> view) {
        int start = 0;
        String marker = call.query("marker");
        if (marker != null) {
            while (start < all.size() && !id.apply(all.get(start)).equals(marker)) {
                start++;
            }
            if (start == all.size()) {
                throw ApiFault.badRequest("marker [" + marker + "] not found");
            }
            start++;
        }
        long limit = call.number("limit", 0);
        int end = limit <= 0 ? all.size() : (int) Math.min(all.size(), start + limit);
        JsonArray shown = new JsonArray();
        all.subList(start, end).forEach(one -> shown.add(view.apply(one)));
        String path = services.base(call) + Keystone.V3 + "/" + kind;
        JsonObject links =
                new JsonObject().put("self", path).put("previous", null).put("next", null);
        JsonObject body = new JsonObject()
                .put(kind.substring(kind.lastIndexOf('/') + 1), shown)
                .put("links", links);
        if (end < all.size()) {
            links.put("next", next(call, path, limit, id.apply(all.get(end - 1))));
            body.put("truncated", true);
        }
        return Reply.ok(body);
    }

    private static String next(Call call, String path, long limit, String last) {
        StringBuilder next = new StringBuilder(path).append("?limit=").append(limit);
        call.queryNames().stream()
                .filter(one -> !one.equals("limit") && !one.equals("marker"))
                .sorted()
                .forEach(one -> call.queries(one)
                        .forEach(value ->
                                next.append('&').append(one).append('=').append(encoded(value))));
        return next.append("&marker=").append(encoded(last)).toString();
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    static Filter filter(Call call) {
        return new Filter(call.query("domain_id"), call.query("name"), flag(call, "enabled"));
    }

    /** As Keystone reads it: there without a value, or with any that does not say no, is yes; null when it is not there. */
    static @Nullable Boolean flag(Call call, String name) {
        String value = call.query(name);
        return value == null ? null : !NO.contains(value.toLowerCase(Locale.ROOT));
    }

    static boolean isSet(Call call, String name) {
        return Boolean.TRUE.equals(flag(call, name));
    }

    /** A name, without what stands around it. */
    static String name(JsonObject wanted) {
        String name = wanted.getString("name").strip();
        if (name.isEmpty()) {
            throw ApiFault.badRequest("Invalid input for field/attribute name. It must not be blank.");
        }
        return name;
    }

    static String text(JsonObject wanted, String field) {
        String text = wanted.getString(field);
        return text == null ? "" : text;
    }
}
