package io.holdfast.membership.health;

import io.holdfast.membership.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * A set of readings: for each column the values that it allows, in any combination. Boxes can be cut out of each other, so that the
 * check of a table need not try millions of readings one by one. Immutable.
 */
// A value's place in its enumeration is its bit; none of it is kept or sent.
@SuppressWarnings("EnumOrdinal")
final class Box {

    static final int ALL_PLACES = (1 << Column.Place.values().length) - 1;

    private static final Column[] COLUMNS = Column.values();

    /** Where each column's values begin in {@link #bits}. */
    private static final int[] OFFSETS = offsets();

    private final int[] masks;

    /** The masks behind one another: a table is asked about each host several times a second. */
    private final long bits;

    /** Only networks of which not every place is allowed. */
    private final SortedMap<Network, Integer> places;

    private Box(int[] masks, SortedMap<Network, Integer> places) {
        this.masks = masks;
        this.places = places;
        long all = 0;
        for (int i = 0; i < masks.length; i++) {
            all |= (long) masks[i] << OFFSETS[i];
        }
        this.bits = all;
    }

    private static int[] offsets() {
        int[] offsets = new int[COLUMNS.length];
        int next = 0;
        for (Column column : COLUMNS) {
            offsets[column.ordinal()] = next;
            next += Integer.bitCount(column.all());
        }
        if (next > Long.SIZE) {
            throw new IllegalStateException("the columns have " + next + " values in all, and a long has room for 64");
        }
        return offsets;
    }

    /** A bit for each column's value, for {@link #contains(long, Reading)}. */
    static long bits(Reading reading) {
        long bits = 0;
        for (Column column : COLUMNS) {
            bits |= 1L << (OFFSETS[column.ordinal()] + reading.value(column));
        }
        return bits;
    }

    static Box all() {
        int[] masks = new int[COLUMNS.length];
        for (Column column : COLUMNS) {
            masks[column.ordinal()] = column.all();
        }
        return new Box(masks, new TreeMap<>());
    }

    Box with(Column column, int mask) {
        int[] next = masks.clone();
        next[column.ordinal()] = mask;
        return new Box(next, places);
    }

    Box with(Column column, Enum<?>... values) {
        return with(column, mask(values));
    }

    Box with(Network network, int mask) {
        SortedMap<Network, Integer> next = new TreeMap<>(places);
        if (mask == ALL_PLACES) {
            next.remove(network);
        } else {
            next.put(network, mask);
        }
        return new Box(masks, next);
    }

    static int mask(Enum<?>... values) {
        int mask = 0;
        for (Enum<?> value : values) {
            mask |= 1 << value.ordinal();
        }
        return mask;
    }

    Iterable<Network> networks() {
        return places.keySet();
    }

    boolean contains(Reading reading) {
        return contains(bits(reading), reading);
    }

    /** @param seen the reading's {@link #bits} */
    boolean contains(long seen, Reading reading) {
        return (seen & ~bits) == 0 && (places.isEmpty() || suits(reading.places()));
    }

    private boolean suits(Map<Network, Column.Place> seen) {
        for (Map.Entry<Network, Integer> place : places.entrySet()) {
            Column.Place there = seen.getOrDefault(place.getKey(), Column.Place.UNKNOWN);
            if ((place.getValue() >>> there.ordinal() & 1) == 0) {
                return false;
            }
        }
        return true;
    }

    private int mask(Network network) {
        return places.getOrDefault(network, ALL_PLACES);
    }

    boolean isEmpty() {
        return Arrays.stream(masks).anyMatch(mask -> mask == 0) || places.containsValue(0);
    }

    Box and(Box other) {
        Box both = this;
        for (Column column : COLUMNS) {
            both = both.with(column, masks[column.ordinal()] & other.masks[column.ordinal()]);
        }
        for (Network network : other.places.keySet()) {
            both = both.with(network, mask(network) & other.mask(network));
        }
        return both;
    }

    /** What is in this and not in the other, in boxes that do not overlap. */
    List<Box> without(Box other) {
        if (and(other).isEmpty()) {
            return List.of(this);
        }
        List<Box> left = new ArrayList<>();
        Box rest = this;
        for (Column column : COLUMNS) {
            int shared = rest.masks[column.ordinal()] & other.masks[column.ordinal()];
            add(left, rest.with(column, rest.masks[column.ordinal()] & ~shared));
            rest = rest.with(column, shared);
        }
        for (Network network : other.places.keySet()) {
            int shared = rest.mask(network) & other.mask(network);
            add(left, rest.with(network, rest.mask(network) & ~shared));
            rest = rest.with(network, shared);
        }
        return left;
    }

    private static void add(List<Box> boxes, Box box) {
        if (!box.isEmpty()) {
            boxes.add(box);
        }
    }

    static List<Box> and(List<Box> boxes, Box other) {
        return boxes.stream()
                .map(box -> box.and(other))
                .filter(box -> !box.isEmpty())
                .toList();
    }

    static List<Box> without(List<Box> boxes, Box other) {
        return boxes.stream().flatMap(box -> box.without(other).stream()).toList();
    }

    /** One reading in it; the least remarkable one. */
    Reading example() {
        Reading reading = Reading.NOTHING;
        for (Column column : COLUMNS) {
            reading = reading.with(column, 31 - Integer.numberOfLeadingZeros(masks[column.ordinal()]));
        }
        Map<Network, Column.Place> seen = new TreeMap<>();
        places.forEach(
                (network, mask) -> seen.put(network, Column.Place.values()[31 - Integer.numberOfLeadingZeros(mask)]));
        return reading.with(seen);
    }

    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ");
        for (Column column : COLUMNS) {
            int mask = masks[column.ordinal()];
            if (mask != column.all()) {
                text.add(column.word() + " " + words(column.words(), mask));
            }
        }
        List<String> placeWords =
                Arrays.stream(Column.Place.values()).map(Column::written).toList();
        places.forEach((network, mask) -> text.add("network " + network + " " + words(placeWords, mask)));
        return text.length() == 0 ? When.ANYTHING : text.toString();
    }

    private static String words(List<String> words, int mask) {
        StringJoiner text = new StringJoiner("|");
        for (int i = 0; i < words.size(); i++) {
            if ((mask >>> i & 1) == 1) {
                text.add(words.get(i));
            }
        }
        return text.toString();
    }
}
