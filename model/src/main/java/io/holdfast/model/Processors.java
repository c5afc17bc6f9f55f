package io.holdfast.model;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sets of a host's processors, as libvirt, the kernel and Nova write them: {@code 2-15,18}; a part that begins with {@code ^} is taken out again.
 */
public final class Processors {

    /** More than any machine has; a larger number is a slip of the pen. */
    public static final int NUMBER_MAX = 8191;

    private static final Pattern PART = Pattern.compile("(\\^?)([0-9]{1,4})(?:-([0-9]{1,4}))?");

    private Processors() {}

    /** @throws IllegalArgumentException with what is wrong; an empty text is the empty set */
    public static SortedSet<Integer> parse(String text) {
        SortedSet<Integer> all = new TreeSet<>();
        SortedSet<Integer> without = new TreeSet<>();
        for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
            Matcher found = PART.matcher(part.strip());
            if (!found.matches()) {
                throw new IllegalArgumentException(
                        "'" + part.strip() + "' is neither a processor's number nor a range of them, as in 2-15,18");
            }
            int from = Integer.parseInt(found.group(2));
            int to = found.group(3) == null ? from : Integer.parseInt(found.group(3));
            if (to < from || to > NUMBER_MAX) {
                throw new IllegalArgumentException(
                        "'" + part.strip() + "' is no range of numbers from 0 to " + NUMBER_MAX);
            }
            for (int number = from; number <= to; number++) {
                (found.group(1).isEmpty() ? all : without).add(number);
            }
        }
        all.removeAll(without);
        return Collections.unmodifiableSortedSet(all);
    }

    /** {@code 2-15,18}; empty for none. */
    public static String text(Collection<Integer> processors) {
        StringJoiner text = new StringJoiner(",");
        int from = -1;
        int last = -1;
        for (int number : new TreeSet<>(processors)) {
            if (from >= 0 && number == last + 1) {
                last = number;
                continue;
            }
            if (from >= 0) {
                text.add(range(from, last));
            }
            from = number;
            last = number;
        }
        if (from >= 0) {
            text.add(range(from, last));
        }
        return text.toString();
    }

    private static String range(int from, int to) {
        return from == to ? Integer.toString(from) : from + "-" + to;
    }
}
