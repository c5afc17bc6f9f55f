package io.holdfast.network;

import java.util.Optional;

/**
 * A range of addresses of a subnet.
 *
 * @param network its first address, whose bits behind the prefix are zero
 * @param prefix 8 to 30: with fewer addresses none would be left for a port
 */
public record Cidr(Ipv4 network, int prefix) {

    public Cidr {
        if (prefix < 8 || prefix > 30) {
            throw new IllegalArgumentException("the prefix must be 8 to 30, is " + prefix);
        }
        if ((network.value() & ~mask(prefix)) != 0) {
            throw new IllegalArgumentException(network + "/" + prefix + " has bits behind its prefix");
        }
    }

    /** Empty when the text is no range, has bits behind its prefix, or a prefix out of range. */
    public static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[1-9][0-9]?")) {
            return Optional.empty();
        }
        int prefix = Integer.parseInt(text.substring(slash + 1));
        return Ipv4.parse(text.substring(0, slash))
                .filter(network -> prefix >= 8 && prefix <= 30 && (network.value() & ~mask(prefix)) == 0)
                .map(network -> new Cidr(network, prefix));
    }

    public Ipv4 broadcast() {
        return new Ipv4(network.value() | (~mask(prefix) & 0xffff_ffffL));
    }

    public boolean contains(Ipv4 address) {
        return (address.value() & mask(prefix)) == network.value();
    }

    public boolean overlaps(Cidr other) {
        return contains(other.network) || other.contains(network);
    }

    public Ipv4 netmask() {
        return new Ipv4(mask(prefix));
    }

    private static long mask(int prefix) {
        return (0xffff_ffffL << (32 - prefix)) & 0xffff_ffffL;
    }

    @Override
    public String toString() {
        return network + "/" + prefix;
    }
}
