package io.holdfast.network;

import io.holdfast.compute.Nic;
import java.util.Map;

/**
 * The controller's part of the network's settings.
 *
 * @param bridges by the name of a physical network, the bridge on every host that leads to it, 1 to 15 characters; the
 *     network that is made without naming one is on {@code default}. Default none: ports and addresses are given, and
 *     guests have no cards. A host without the bridge cannot start a guest that is on it
 * @param networksMax networks of one project, 1 to 10000; default 100
 * @param subnetsMax subnets of one project, 1 to 10000; default 100
 * @param portsMax ports of one project, those of its instances among them, 1 to 100000; default 2000
 * @param securityGroupsMax security groups of one project, 1 to 10000; default 100
 * @param securityGroupRulesMax rules of all security groups of one project, 1 to 10000; default 1000
 */
public record NetworkSettings(
        Map<String, String> bridges,
        int networksMax,
        int subnetsMax,
        int portsMax,
        int securityGroupsMax,
        int securityGroupRulesMax) {

    public NetworkSettings {
        bridges = Map.copyOf(bridges);
        bridges.forEach((physical, bridge) -> {
            if (!physical.matches(Network.PHYSICAL)) {
                throw new IllegalArgumentException("network.bridges: a physical network has a name of 1 to 64 letters,"
                        + " digits, dots, hyphens or underscores, is '" + physical + "'");
            }
            if (!bridge.matches(Nic.BRIDGE)) {
                throw new IllegalArgumentException("network.bridges." + physical
                        + " must be the name of a bridge, 1 to 15" + " characters, is '" + bridge + "'");
            }
        });
        range("networks-max", networksMax, 10_000);
        range("subnets-max", subnetsMax, 10_000);
        range("ports-max", portsMax, 100_000);
        range("security-groups-max", securityGroupsMax, 10_000);
        range("security-group-rules-max", securityGroupRulesMax, 10_000);
    }

    public static NetworkSettings defaults() {
        return new NetworkSettings(Map.of(), 100, 100, 2000, 100, 1000);
    }

    private static void range(String key, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException("network." + key + " must be between 1 and " + max + ", is " + value);
        }
    }
}
