package io.holdfast.compute;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A network card of an instance. It goes with the instance to every home.
 *
 * @param port which port of the network it is
 * @param mac six pairs of lower-case hex digits with colons
 * @param bridge the bridge on its home that it is plugged into, 1 to 15 characters; null when the deployment has none for its
 *     network, and then the guest has no card for this port
 */
public record Nic(UUID port, String mac, @Nullable String bridge) {

    /** Fifteen characters: Linux' limit for the name of an interface. */
    public static final String BRIDGE = "[A-Za-z0-9][A-Za-z0-9._-]{0,14}";

    private static final Pattern MAC = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
    private static final Pattern BRIDGES = Pattern.compile(BRIDGE);

    public Nic {
        if (!MAC.matcher(mac).matches()) {
            throw new IllegalArgumentException("not a MAC address: '" + mac + "'");
        }
        if (bridge != null && !BRIDGES.matcher(bridge).matches()) {
            throw new IllegalArgumentException("not a name of a bridge: '" + bridge + "'");
        }
    }
}
