package io.holdfast.membership.jgroups;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.NetworkSettings;
import io.holdfast.membership.cut.Member;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * A member's place on one network.
 *
 * @param self who it is, the same on all networks
 * @param at where it is on this one; its address is known
 */
record GroupPlace(SegmentId segment, Network network, Member self, NetworkSettings at) {

    /** Who is connected by mistake to another network's group is not taken for one of its members. */
    String cluster() {
        String segmentsOwn = "holdfast-" + segment;
        return network.equals(Network.MANAGEMENT) ? segmentsOwn : segmentsOwn + "-" + network;
    }

    /** Unique in its group, and in the directory. */
    String name() {
        return self.isHost() ? self.name() : "controller-" + self.name();
    }

    String text() {
        return name() + " on " + network;
    }

    String address() {
        String address = at.bindAddress();
        if (address == null) {
            throw new IllegalStateException(text() + " has no address");
        }
        return address;
    }

    /**
     * Whether the address is one of this machine's: found out by binding, because that is what will be done. Later the network
     * may come and go; but what is not there at the start is a wrong setting, or a machine that is not set up yet.
     */
    void requireAddress() {
        try (ServerSocket bound = new ServerSocket()) {
            bound.bind(new InetSocketAddress(InetAddress.getByName(address()), 0));
        } catch (IOException absent) {
            throw new IllegalArgumentException(
                    MembershipSettings.prefix(network) + "bind-address: this machine has no address " + address() + " ("
                            + absent.getMessage() + ")",
                    absent);
        }
    }
}
