package io.holdfast.membership;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where this process is on one network.
 *
 * @param bindAddress its address there, a concrete one because peers are told to call it. Null (the default): a controller
 *     that is not on this network, and sees it through what the hosts there report over the networks that it is on.
 * @param groupPort port of the group channel, 0 to 65535, default 7800; the next ten are tried when it is taken
 * @param groupHosts further group addresses as {@code host:port}, for the time when ZooKeeper cannot be asked; default none
 */
public record NetworkSettings(@Nullable String bindAddress, int groupPort, List<String> groupHosts) {

    public NetworkSettings {
        groupHosts = List.copyOf(groupHosts);
    }

    public static NetworkSettings defaults() {
        return new NetworkSettings(null, 7800, List.of());
    }

    /** @param prefix of the keys, for messages: {@code membership.} or {@code membership.networks.storage.} */
    void check(String prefix) {
        if (groupPort < 0 || groupPort > 65535) {
            throw new IllegalArgumentException(prefix + "group-port must be between 0 and 65535, is " + groupPort);
        }
        if (bindAddress != null
                && (bindAddress.isBlank() || bindAddress.equals("0.0.0.0") || bindAddress.equals("::"))) {
            throw new IllegalArgumentException(
                    prefix + "bind-address must be one concrete address that peers can call, is '" + bindAddress + "'");
        }
        for (String host : groupHosts) {
            try {
                GroupAddress.parse(host);
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException(prefix + "group-hosts: " + wrong.getMessage(), wrong);
            }
        }
    }
}
