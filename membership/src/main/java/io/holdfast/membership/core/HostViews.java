package io.holdfast.membership.core;

import io.holdfast.model.HostId;
import java.util.Arrays;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Hosts by name, in order. Immutable. An array rather than a tree, because every observation goes through all of them and
 * most change one: to copy it is one move of memory.
 */
final class HostViews implements Iterable<HostView> {

    static final HostViews NONE = new HostViews(new HostView[0]);

    /** Sorted by name; nobody writes to it once it is here. */
    private final HostView[] sorted;

    private HostViews(HostView[] sorted) {
        this.sorted = sorted;
    }

    /** @param sorted by name; the caller never changes it again */
    static HostViews ofSorted(HostView[] sorted) {
        return new HostViews(sorted);
    }

    int size() {
        return sorted.length;
    }

    @Nullable
    HostView get(HostId id) {
        int at = indexOf(sorted, id);
        return at < 0 ? null : sorted[at];
    }

    @Override
    public Iterator<HostView> iterator() {
        return Arrays.asList(sorted).iterator();
    }

    /** Only for reading: {@link TurnHosts} copies it before its first change. */
    HostView[] sorted() {
        return sorted;
    }

    /** Where it is, or as {@link Arrays#binarySearch(Object[], Object)} where it would be. */
    static int indexOf(HostView[] sorted, HostId id) {
        int low = 0;
        int high = sorted.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = sorted[middle].id().compareTo(id);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }
}
