package io.holdfast.notifications.webhook;

import io.holdfast.notifications.Network;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;

/**
 * Where webhooks may point to.
 *
 * <p>Why: a webhook makes the controller send a request to an address that somebody else chose, from inside the
 * management network. The controller's own machine and link-local addresses (metadata services) are therefore refused
 * unless an operator allows them. The check is on the address that is connected to, not on the name: a name can point
 * somewhere else a second later.
 */
public final class Destinations {

    private static final int URL_LENGTH_MAX = 2048;

    private final List<Network> allowed;
    private final List<Network> denied;

    public Destinations(List<Network> allowed, List<Network> denied) {
        this.allowed = List.copyOf(allowed);
        this.denied = List.copyOf(denied);
    }

    /**
     * Checks the form of a URL, and its address when it is written as one. Names are looked up at each attempt.
     *
     * @throws IllegalArgumentException that says what is wrong with it
     */
    public void requireAcceptable(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("the URL of a webhook must begin with http:// or https://");
        }
        if (url.getHost() == null || url.getHost().isEmpty()) {
            throw new IllegalArgumentException("the URL of a webhook must name a host");
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("the URL of a webhook must have neither user information nor a fragment;"
                    + " use the secret, or a path that nobody can guess");
        }
        if (url.toString().length() > URL_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "the URL of a webhook must not be longer than " + URL_LENGTH_MAX + " characters");
        }
        if (url.getPort() == 0 || url.getPort() > 65535) {
            throw new IllegalArgumentException("the port of a webhook must be between 1 and 65535");
        }
        if (isLiteral(url.getHost())) {
            try {
                requireAllowed(InetAddress.getByName(url.getHost()));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException("'" + url.getHost() + "' is not an address", e);
            }
        }
    }

    /**
     * The address to connect to now. Blocks for the name service.
     *
     * @throws UnknownHostException when the name has no address
     * @throws IllegalArgumentException when one of its addresses is denied
     */
    InetAddress resolve(URI url) throws UnknownHostException {
        InetAddress[] all = InetAddress.getAllByName(url.getHost());
        for (InetAddress one : all) {
            // One denied address refuses the name: an honest name has no reason to point half inside.
            requireAllowed(one);
        }
        return all[0];
    }

    private void requireAllowed(InetAddress address) {
        boolean explicitly = allowed.stream().anyMatch(network -> network.contains(address));
        if (!explicitly && denied.stream().anyMatch(network -> network.contains(address))) {
            throw new IllegalArgumentException("webhooks must not point to " + address.getHostAddress()
                    + "; an operator can allow its network with notifications.allowed-networks");
        }
    }

    private static boolean isLiteral(String host) {
        return host.startsWith("[") || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }
}
