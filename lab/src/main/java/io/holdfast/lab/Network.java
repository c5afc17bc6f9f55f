package io.holdfast.lab;

import java.util.Locale;

/** A network of the lab, and with a host the one cable that this host has in it. Each is a /26. */
public enum Network {
    /** 198.51.100.0/26: controller, agents, libvirt. The cable of the host itself. */
    MGMT("198.51.100", 0),
    /** 198.51.100.64/26: the hosts and, where there is one, the storage machine. The second cable of the host itself. */
    STORAGE("198.51.100", 64),
    /** 198.51.100.128/26: the hosts alone, as guests' own network would be. The third cable of the host itself. */
    TENANT("198.51.100", 128),
    /** 203.0.113.0/26: out of band, controller to BMCs. The cable of the host's BMC. */
    OOB("203.0.113", 0);

    private final String prefix;
    private final int base;

    Network(String prefix, int base) {
        this.prefix = prefix;
        this.base = base;
    }

    /** In CIDR form, always a /26 of a range that is reserved for documentation and routed nowhere. */
    public String cidr() {
        return prefix + "." + base + "/26";
    }

    /** The controller's address in this network. */
    public String controllerAddress() {
        return address(10);
    }

    String hostAddress(int index) {
        return address(10 + index);
    }

    String address(int last) {
        return prefix + "." + (base + last);
    }

    /** As people and settings write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
