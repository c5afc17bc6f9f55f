package io.holdfast.membership.health;

import io.holdfast.membership.Network;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * The signals of one host at one moment, each as one of the values that its {@link Column} knows. Immutable.
 *
 * @param packed four bits for each column
 * @param places the networks by name; one that is not in it is {@link Column.Place#UNKNOWN}
 */
// A value's place in its enumeration is its bit; none of it is kept or sent.
@SuppressWarnings("EnumOrdinal")
public record Reading(long packed, Map<Network, Column.Place> places) {

    private static final int BITS = 4;

    /** Of a host of which nothing is known: each column's last value. */
    public static final Reading NOTHING = nothing();

    public Reading {
        places = Map.copyOf(places);
    }

    private static Reading nothing() {
        Reading reading = new Reading(0, Map.of());
        for (Column column : Column.values()) {
            reading = reading.with(column, column.words().size() - 1);
        }
        return reading;
    }

    /** @param value one of the column's own enumeration */
    public Reading with(Column column, Enum<?> value) {
        return with(column, value.ordinal());
    }

    Reading with(Column column, int value) {
        int shift = column.ordinal() * BITS;
        return new Reading((packed & ~(15L << shift)) | ((long) value << shift), places);
    }

    public Reading with(Map<Network, Column.Place> nowPlaces) {
        return new Reading(packed, nowPlaces);
    }

    int value(Column column) {
        return (int) (packed >>> (column.ordinal() * BITS)) & 15;
    }

    /** Whether the column has that value. */
    public boolean is(Column column, Enum<?> value) {
        return value(column) == value.ordinal();
    }

    /** Whether its agent holds the lease, and a network shows it: it can be heard and called. */
    public boolean isHeard() {
        return is(Column.LEASE, Column.Lease.HELD)
                && (is(Column.NETWORKS, Column.Networks.ALL) || is(Column.NETWORKS, Column.Networks.SOME));
    }

    /** As a row would write it. What nobody has said of a living host, and what nobody has seen of its guests, is left out. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ");
        for (Column column : Column.values()) {
            String word = column.words().get(value(column));
            if (!(column.isWord() || column == Column.GUESTS) || !word.equals("unknown")) {
                text.add(column.word() + " " + word);
            }
        }
        new TreeMap<>(places).forEach((network, place) -> text.add("network " + network + " " + Column.written(place)));
        return text.toString();
    }
}
