package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Links and pages, as Nova has them. */
final class Links {

    private static final int PAGE_MAX = 1000;

    private Links() {}

    static JsonArray of(String baseUrl, String kind, String id) {
        return new JsonArray()
                .add(link("self", baseUrl + "/v2.1/" + kind + "/" + encoded(id)))
                .add(link("bookmark", baseUrl + "/" + kind + "/" + encoded(id)));
    }

    static JsonArray bookmark(String baseUrl, String kind, String id) {
        return new JsonArray().add(link("bookmark", baseUrl + "/" + kind + "/" + encoded(id)));
    }

    static JsonObject link(String rel, String href) {
        return new JsonObject().put("rel", rel).put("href", href);
    }

    /**
     * The part of a list that the caller asked for by {@code limit} and {@code marker}; without a limit, or with zero, as
     * many as a page may have.
     *
     * @throws ApiFault 400 when no element has the marker's id
     */
    static <T> Page<T> page(Call call, List<T> all, Function<T, String> id) {
        String marker = call.query("marker");
        int start = 0;
        if (marker != null) {
            start = -1;
            for (int i = 0; i < all.size() && start < 0; i++) {
                start = id.apply(all.get(i)).equals(marker) ? i + 1 : -1;
            }
            if (start < 0) {
                throw ApiFault.badRequest("marker [" + marker + "] not found");
            }
        }
        return first(call, all.subList(start, all.size()), id);
    }

    /** The part that {@code limit} allows of what comes after the marker. */
    static <T> Page<T> first(Call call, List<T> rest, Function<T, String> id) {
        long limit = call.number("limit", 0);
        int size = limit <= 0 ? PAGE_MAX : (int) Math.min(limit, PAGE_MAX);
        int end = Math.min(rest.size(), size);
        List<T> items = List.copyOf(rest.subList(0, end));
        return new Page<>(items, end < rest.size() ? id.apply(items.getLast()) : null);
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** @param last the id of the last element when there are more after it, else null */
    record Page<T>(List<T> items, @Nullable String last) {

        /** Adds the link to what follows, if anything does. It asks the same question again: all filters go along. */
        JsonObject withNext(JsonObject body, Call call, String path, String name) {
            if (last == null) {
                return body;
            }
            StringBuilder next = new StringBuilder(call.baseUrl())
                    .append(path)
                    .append("?limit=")
                    .append(items.size());
            call.queryNames().stream()
                    .filter(one -> !one.equals("limit") && !one.equals("marker"))
                    .sorted()
                    .forEach(one -> call.queries(one)
                            .forEach(value ->
                                    next.append('&').append(one).append('=').append(encoded(value))));
            next.append("&marker=").append(encoded(last));
            return body.put(name, new JsonArray().add(link("next", next.toString())));
        }
    }
}
