package io.holdfast.fencing.ipmi.rmcp;

import java.util.Arrays;
import java.util.HexFormat;

/** Octets that never change, compared by value. Not for secrets: the text shows them; see {@link Secret}. */
public final class Bytes {

    /** None at all. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] octets;

    private Bytes(byte[] octets) {
        this.octets = octets;
    }

    /** A copy of the array. */
    public static Bytes of(byte[] octets) {
        return new Bytes(octets.clone());
    }

    /** The low eight bits of each number. */
    public static Bytes of(int... octets) {
        byte[] copy = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            copy[i] = (byte) octets[i];
        }
        return new Bytes(copy);
    }

    /** @param hex two digits for each octet, nothing between */
    public static Bytes ofHex(String hex) {
        return new Bytes(HexFormat.of().parseHex(hex));
    }

    public int size() {
        return octets.length;
    }

    /** The octet at that place, 0 to 255. */
    public int at(int index) {
        return octets[index] & 0xff;
    }

    /** From a place (inclusive) to another (exclusive). */
    public Bytes slice(int from, int to) {
        return new Bytes(Arrays.copyOfRange(octets, from, to));
    }

    /** These, and then those. */
    public Bytes plus(Bytes more) {
        byte[] both = Arrays.copyOf(octets, octets.length + more.octets.length);
        System.arraycopy(more.octets, 0, both, octets.length, more.octets.length);
        return new Bytes(both);
    }

    /** A copy. */
    public byte[] toArray() {
        return octets.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(octets, bytes.octets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(octets);
    }

    /** Hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(octets);
    }
}
