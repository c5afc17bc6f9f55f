package io.holdfast.api.glance;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Caller;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageEntry.Visibility;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a list of images was asked for: which of them, in which order, and which page. Immutable. */
final class ImageListing {

    private static final int LIMIT_DEFAULT = 25;
    private static final int LIMIT_MAX = 1000;

    private static final Set<String> VISIBILITIES = Set.of("public", "private", "shared", "community", "all");

    /** Newest first; the id decides between images of one moment, so that pages neither miss nor repeat one. */
    private static final Comparator<ImageEntry> NEWEST = Comparator.comparing(ImageEntry::createdAt)
            .thenComparing(ImageEntry::id)
            .reversed();

    private static final Map<String, Comparator<ImageEntry>> KEYS = Map.of(
            "name", Comparator.comparing(ImageEntry::name),
            "status", Comparator.comparing(image -> ImageView.word(image.status())),
            "container_format", Comparator.comparing(image -> orEmpty(image.containerFormat())),
            "disk_format", Comparator.comparing(image -> orEmpty(image.diskFormat())),
            "size", Comparator.comparingLong(ImageListing::size),
            "id", Comparator.comparing(image -> image.id().toString()),
            "created_at", Comparator.comparing(ImageEntry::createdAt),
            "updated_at", Comparator.comparing(ImageEntry::updatedAt));

    private final MultiMap asked;
    private final List<ImageFilter> filters;
    private final String visibility;
    private final Comparator<ImageEntry> order;
    private final int limit;
    private final @Nullable String marker;

    private ImageListing(
            MultiMap asked,
            List<ImageFilter> filters,
            String visibility,
            Comparator<ImageEntry> order,
            int limit,
            @Nullable String marker) {
        this.asked = asked;
        this.filters = List.copyOf(filters);
        this.visibility = visibility;
        this.order = order;
        this.limit = limit;
        this.marker = marker;
    }

    /** @throws ApiFault 400 when something cannot be understood */
    static ImageListing read(MultiMap asked) {
        String visibility = asked.contains("visibility") ? asked.get("visibility") : "";
        if (!visibility.isEmpty() && !VISIBILITIES.contains(visibility)) {
            throw ApiFault.badRequest("Invalid visibility value: " + visibility);
        }
        List<ImageFilter> filters = new ArrayList<>();
        for (String name : asked.names()) {
            for (String value : asked.getAll(name)) {
                ImageFilter.of(name, value).ifPresent(filters::add);
            }
        }
        if (!asked.contains("os_hidden")) {
            filters.add(image -> !image.hidden());
        }
        return new ImageListing(asked, filters, visibility, order(asked), limit(asked), asked.get("marker"));
    }

    private static int limit(MultiMap asked) {
        String text = asked.get("limit");
        if (text == null) {
            return LIMIT_DEFAULT;
        }
        if (!text.matches("\\d{1,9}")) {
            throw ApiFault.badRequest("limit param must be an integer from 0 on, is '" + text + "'");
        }
        return Math.min(Integer.parseInt(text), LIMIT_MAX);
    }

    private static Comparator<ImageEntry> order(MultiMap asked) {
        List<String> keys = asked.getAll("sort_key");
        List<String> directions = asked.getAll("sort_dir");
        Map<String, String> by = new LinkedHashMap<>();
        if (asked.contains("sort")) {
            if (!keys.isEmpty() || !directions.isEmpty()) {
                throw ApiFault.badRequest("Old and new sorting syntax cannot be combined");
            }
            for (String one : asked.get("sort").split(",", -1)) {
                String[] parts = one.strip().split(":", 2);
                by.put(parts[0], parts.length == 1 ? "desc" : parts[1]);
            }
        } else {
            if (directions.size() > 1 && directions.size() != keys.size()) {
                throw ApiFault.badRequest("Number of sort dirs does not match the number of sort keys");
            }
            List<String> all = keys.isEmpty() ? List.of("created_at") : keys;
            for (int i = 0; i < all.size(); i++) {
                by.put(all.get(i), directions.isEmpty() ? "desc" : directions.get(Math.min(i, directions.size() - 1)));
            }
        }
        Comparator<ImageEntry> order = null;
        for (Map.Entry<String, String> one : by.entrySet()) {
            Comparator<ImageEntry> next = directed(one.getKey(), one.getValue());
            order = order == null ? next : order.thenComparing(next);
        }
        return order == null ? NEWEST : order.thenComparing(NEWEST);
    }

    private static Comparator<ImageEntry> directed(String key, String direction) {
        Comparator<ImageEntry> by = KEYS.get(key);
        if (by == null) {
            throw ApiFault.badRequest("Invalid sort key: " + key + ". It must be one of the following: "
                    + String.join(", ", KEYS.keySet().stream().sorted().toList()) + ".");
        }
        return switch (direction) {
            case "asc" -> by;
            case "desc" -> by.reversed();
            default -> throw ApiFault.badRequest("Invalid sort direction: " + direction);
        };
    }

    /** @param all that the caller may see by their ids */
    JsonObject page(List<ImageEntry> all, Caller caller) {
        List<ImageEntry> found = all.stream()
                .filter(image -> isListed(image, caller))
                .filter(image -> filters.stream().allMatch(filter -> filter.accepts(image)))
                .sorted(order)
                .toList();
        int start = start(found, all, caller);
        int end = Math.min(found.size(), start + limit);
        JsonArray images = new JsonArray();
        found.subList(start, end).forEach(one -> images.add(ImageView.of(one)));
        JsonObject page =
                new JsonObject().put("images", images).put("first", link(null)).put("schema", "/v2/schemas/images");
        // Without one image on the page there is no place to go on from.
        return end > start && end < found.size()
                ? page.put("next", link(found.get(end - 1).id().toString()))
                : page;
    }

    private int start(List<ImageEntry> found, List<ImageEntry> all, Caller caller) {
        if (marker == null) {
            return 0;
        }
        ImageEntry last = all.stream()
                .filter(image ->
                        isListed(image, caller) && image.id().toString().equals(marker))
                .findFirst()
                .orElseThrow(() -> ApiFault.badRequest("Invalid marker. Image could not be found."));
        // By its place in the order, not among what was found: it may have been changed since, and match no more.
        int start = 0;
        while (start < found.size() && order.compare(found.get(start), last) <= 0) {
            start++;
        }
        return start;
    }

    /** Those of others that are for all who know them are listed only to who asks for such. */
    private boolean isListed(ImageEntry image, Caller caller) {
        return switch (visibility) {
            case "", "all" ->
                image.visibility() != Visibility.COMMUNITY
                        || visibility.equals("all")
                        || caller.project().equals(image.owner());
            default -> ImageView.word(image.visibility()).equals(visibility);
        };
    }

    private String link(@Nullable String after) {
        StringBuilder link = new StringBuilder(ImageView.IMAGES);
        char separator = '?';
        for (String name : asked.names()) {
            if (!name.equals("marker")) {
                for (String value : asked.getAll(name)) {
                    link.append(separator).append(encoded(name)).append('=').append(encoded(value));
                    separator = '&';
                }
            }
        }
        return after == null
                ? link.toString()
                : link.append(separator).append("marker=").append(after).toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    static long size(ImageEntry image) {
        return image.content() == null ? -1 : image.content().bytes();
    }
}
