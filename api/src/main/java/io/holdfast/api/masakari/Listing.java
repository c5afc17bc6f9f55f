package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The part of a list that a caller asked for, in the order that it asked for: {@code sort_key} and {@code sort_dir} several times
 * each, {@code marker}, {@code limit} up to a thousand. Without a key the newest come first.
 *
 * @param id what a marker names; a number is taken, too, because clients page by it
 * @param keys the keys that a list can be sorted by, each with its value
 */
record Listing<T>(
        Function<T, String> id, Function<T, Long> number, Map<String, Function<T, @Nullable Comparable<?>>> keys) {

    private static final int PAGE_MAX = 1000;

    List<T> page(Call call, List<T> newestFirst) {
        List<T> all = sorted(call.queries("sort_key"), call.queries("sort_dir"), newestFirst);
        String marker = call.query("marker");
        int start = 0;
        if (marker != null) {
            start = -1;
            for (int i = 0; i < all.size() && start < 0; i++) {
                T one = all.get(i);
                boolean here = id.apply(one).equals(marker)
                        || String.valueOf(number.apply(one)).equals(marker);
                start = here ? i + 1 : -1;
            }
            if (start < 0) {
                throw ApiFault.badRequest("Marker " + marker + " could not be found.");
            }
        }
        // Zero is a wish for nothing here, other than in Nova.
        long limit = Math.min(call.number("limit", PAGE_MAX), PAGE_MAX);
        return all.stream().skip(start).limit(limit).toList();
    }

    private List<T> sorted(List<String> by, List<String> directions, List<T> newestFirst) {
        Comparator<T> order = null;
        for (int i = 0; i < by.size(); i++) {
            Function<T, @Nullable Comparable<?>> value = keys.get(by.get(i));
            if (value == null) {
                throw ApiFault.badRequest("Sort key supplied is invalid: " + by.get(i));
            }
            String direction = i < directions.size() ? directions.get(i) : "desc";
            if (!direction.equals("asc") && !direction.equals("desc")) {
                throw ApiFault.badRequest("Unknown sort direction, must be 'desc' or 'asc'");
            }
            Comparator<T> one = Comparator.comparing(value, Listing::compare);
            one = direction.equals("asc") ? one : one.reversed();
            order = order == null ? one : order.thenComparing(one);
        }
        if (order == null) {
            return newestFirst;
        }
        List<T> sorted = new ArrayList<>(newestFirst);
        sorted.sort(order);
        return sorted;
    }

    /** What has no value comes first. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // both come from the same key, so they are of one type
    private static int compare(@Nullable Comparable<?> one, @Nullable Comparable<?> other) {
        if (one == null || other == null) {
            return one == null ? (other == null ? 0 : -1) : 1;
        }
        return ((Comparable) one).compareTo(other);
    }
}
