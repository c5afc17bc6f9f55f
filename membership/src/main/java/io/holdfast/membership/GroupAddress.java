package io.holdfast.membership;

/**
 * Where a member of the group can be called.
 *
 * @param host name or address; an IPv6 address in brackets when written as text
 * @param port 1 to 65535
 */
public record GroupAddress(String host, int port) {

    public GroupAddress {
        if (host.isBlank() || port < 1 || port > 65535) {
            throw new IllegalArgumentException("not a group address: '" + host + ":" + port + "'");
        }
    }

    /** Reads {@code host:port}. */
    public static GroupAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        try {
            if (colon > 0) {
                String host = text.substring(0, colon);
                boolean bracketed = host.startsWith("[") && host.endsWith("]");
                return new GroupAddress(
                        bracketed ? host.substring(1, host.length() - 1) : host,
                        Integer.parseInt(text.substring(colon + 1)));
            }
        } catch (IllegalArgumentException wrongPort) {
            throw new IllegalArgumentException(
                    "must be host:port with a port of 1 to 65535, is '" + text + "'", wrongPort);
        }
        throw new IllegalArgumentException("must be host:port, is '" + text + "'");
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
