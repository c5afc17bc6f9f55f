package io.holdfast.api.neutron;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A list in Neutron's form: every attribute is a filter and may be given several times (one of the values has to fit),
 * {@code sort_key} and {@code sort_dir} order it, {@code limit} and {@code marker} cut it, {@code fields} picks attributes.
 */
final class Listing {

    private static final int PAGE_MAX = 1000;
    private static final String FIXED_IPS = "fixed_ips";
    private static final Set<String> NO_FILTERS =
            Set.of("fields", "sort_key", "sort_dir", "limit", "marker", "page_reverse", FIXED_IPS);
    private static final Set<String> TRUE = Set.of("true", "1", "t", "yes", "on");

    private Listing() {}

    /** @param kind the collection, {@code networks} */
    static Reply of(Call call, String kind, List<JsonObject> all) {
        List<JsonObject> found = all.stream().filter(one -> fits(call, one)).toList();
        List<JsonObject> rest = after(call.query("marker"), sorted(call, found));
        long limit = call.number("limit", PAGE_MAX);
        int size = (int) Math.min(limit <= 0 ? PAGE_MAX : limit, PAGE_MAX);
        List<JsonObject> page = rest.subList(0, Math.min(size, rest.size()));
        JsonArray shown = new JsonArray();
        page.forEach(one -> shown.add(picked(call, one)));
        JsonObject body = new JsonObject().put(kind, shown);
        if (page.size() < rest.size()) {
            body.put(kind + "_links", new JsonArray().add(next(call, kind, page)));
        }
        return Reply.ok(body);
    }

    /** One alone, with the attributes that were asked for. */
    static Reply one(Call call, String kind, JsonObject one) {
        return Reply.ok(new JsonObject().put(kind, picked(call, one)));
    }

    private static boolean fits(Call call, JsonObject one) {
        return call.queryNames().stream()
                        .filter(name -> !NO_FILTERS.contains(name))
                        .allMatch(name -> call.queries(name).stream().anyMatch(value -> is(one.getValue(name), value)))
                && call.queries(FIXED_IPS).stream().allMatch(value -> hasAddress(one, value));
    }

    private static boolean is(@Nullable Object there, String wanted) {
        return switch (there) {
            case null -> wanted.isEmpty();
            case Boolean flag -> flag == TRUE.contains(wanted.toLowerCase(Locale.ROOT));
            case JsonArray list -> list.stream().anyMatch(element -> is(element, wanted));
            default -> there.toString().equals(wanted);
        };
    }

    /** {@code ip_address=A}, {@code ip_address_substr=A} or {@code subnet_id=S}. */
    private static boolean hasAddress(JsonObject port, String wanted) {
        String[] parts = wanted.split("=", 2);
        if (parts.length != 2
                || !Set.of("ip_address", "ip_address_substr", "subnet_id").contains(parts[0])) {
            throw ApiFault.badRequest("Invalid input for filter fixed_ips. '" + wanted
                    + "' must be ip_address=ADDRESS, ip_address_substr=TEXT or subnet_id=ID.");
        }
        return port.getJsonArray(FIXED_IPS).stream()
                .map(JsonObject.class::cast)
                .anyMatch(fixed -> parts[0].equals("ip_address_substr")
                        ? fixed.getString("ip_address").contains(parts[1])
                        : parts[1].equals(fixed.getString(parts[0])));
    }

    private static List<JsonObject> sorted(Call call, List<JsonObject> found) {
        List<String> keys = call.queries("sort_key");
        List<String> directions = call.queries("sort_dir");
        List<JsonObject> sorted = new ArrayList<>(found);
        for (int i = keys.size() - 1; i >= 0; i--) {
            String key = keys.get(i);
            Comparator<JsonObject> order = Comparator.comparing(one -> String.valueOf(one.getValue(key, "")));
            boolean descending = i < directions.size() && directions.get(i).equals("desc");
            sorted.sort(descending ? order.reversed() : order);
        }
        return sorted;
    }

    private static List<JsonObject> after(@Nullable String marker, List<JsonObject> all) {
        if (marker == null) {
            return all;
        }
        for (int i = 0; i < all.size(); i++) {
            if (marker.equals(all.get(i).getString("id"))) {
                return all.subList(i + 1, all.size());
            }
        }
        throw ApiFault.badRequest("Invalid input for operation: marker '" + marker + "' is not in the list.");
    }

    private static JsonObject picked(Call call, JsonObject one) {
        List<String> fields = call.queries("fields").stream()
                .flatMap(list -> Stream.of(list.split(",")))
                .toList();
        if (fields.isEmpty()) {
            return one;
        }
        JsonObject picked = new JsonObject();
        fields.stream().filter(one::containsKey).forEach(field -> picked.put(field, one.getValue(field)));
        return picked;
    }

    private static JsonObject next(Call call, String kind, List<JsonObject> page) {
        StringBuilder href =
                new StringBuilder(call.baseUrl() + NetworkApi.PREFIX + "/v2.0/" + kind + "?limit=" + page.size());
        call.queryNames().stream()
                .filter(name -> !name.equals("limit") && !name.equals("marker"))
                .sorted()
                .forEach(name -> call.queries(name)
                        .forEach(value -> href.append('&')
                                .append(encoded(name))
                                .append('=')
                                .append(encoded(value))));
        href.append("&marker=").append(page.getLast().getString("id"));
        return new JsonObject().put("rel", "next").put("href", href.toString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
