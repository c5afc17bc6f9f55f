package io.holdfast.notifications;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A range of addresses.
 *
 * @param address its first address
 * @param bits how many leading bits are common to all of it
 */
public record Network(InetAddress address, int bits) {

    // Only literals, because a name would be looked up while settings are read, and could change its meaning later.
    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

    /** Reads CIDR form, for example {@code 10.0.0.0/8} or {@code fd00::/8}; throws {@link IllegalArgumentException}. */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        try {
            if (LITERAL.matcher(literal).matches()) {
                InetAddress address = InetAddress.getByName(literal);
                int width = address.getAddress().length * 8;
                int bits = slash < 0 ? width : Integer.parseInt(text.substring(slash + 1));
                if (bits >= 0 && bits <= width) {
                    return new Network(address, bits);
                }
            }
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException(refusal(text), e);
        }
        throw new IllegalArgumentException(refusal(text));
    }

    public boolean contains(InetAddress other) {
        byte[] ours = address.getAddress();
        byte[] theirs = other.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % 8);
            if (((ours[bit / 8] ^ theirs[bit / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + bits;
    }

    private static String refusal(String text) {
        return "'" + text + "' is not a network; write it like 10.0.0.0/8 or fd00::/8";
    }
}
