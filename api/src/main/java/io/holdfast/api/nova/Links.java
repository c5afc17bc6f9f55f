package io.holdfast.api.nova;

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
     * The part of a list after the marker.
     *
     * @param limit zero or less for as many as a page may have
     * @return null when no element has the marker's id
     */
    static <T> @Nullable Page<T> page(List<T> all, @Nullable String marker, long limit, Function<T, String> id) {
        int start = 0;
        if (marker != null) {
            start = -1;
            for (int i = 0; i < all.size() && start < 0; i++) {
                start = id.apply(all.get(i)).equals(marker) ? i + 1 : -1;
            }
            if (start < 0) {
                return null;
            }
        }
        int size = limit <= 0 ? PAGE_MAX : (int) Math.min(limit, PAGE_MAX);
        int end = Math.min(all.size(), start + size);
        return new Page<>(List.copyOf(all.subList(start, end)), end < all.size());
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    record Page<T>(List<T> items, boolean more) {}
}
