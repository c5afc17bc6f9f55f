package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupAddress;
import io.holdfast.membership.GroupDirectory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.TCPPING;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.Responses;
import org.jspecify.annotations.Nullable;

/**
 * Finds members in the segment's directory and in the settings, anew for each search, so that joining and merging follow
 * a controller that comes back at another address.
 *
 * <p>Public with a public constructor because JGroups makes a copy of its protocols by reflection.
 */
public final class SegmentPing extends TCPPING {

    /** JGroups wants a number for each foreign protocol; those from 512 on are free. */
    private static final short PROTOCOL_ID = 700;

    private @Nullable GroupDirectory directory;
    private List<GroupAddress> configured = List.of();

    static synchronized SegmentPing over(GroupDirectory directory, List<GroupAddress> configured) {
        if (ClassConfigurator.getProtocolId(SegmentPing.class) == 0) {
            ClassConfigurator.addProtocol(PROTOCOL_ID, SegmentPing.class);
        }
        SegmentPing ping = new SegmentPing();
        ping.directory = directory;
        ping.configured = List.copyOf(configured);
        ping.setInitialHosts2(List.of());
        ping.setPortRange(0);
        return ping;
    }

    /** The directory tells whatever port a member got, so any port will do. */
    @Override
    public boolean isDynamic() {
        return true;
    }

    @Override
    public void findMembers(List<Address> members, boolean initialDiscovery, Responses responses) {
        List<GroupAddress> all = new ArrayList<>(configured);
        all.addAll(Objects.requireNonNull(directory, "made by over()").members());
        List<PhysicalAddress> found = new ArrayList<>();
        for (GroupAddress address : all) {
            try {
                PhysicalAddress physical = new IpAddress(InetAddress.getByName(address.host()), address.port());
                if (!found.contains(physical)) {
                    found.add(physical);
                }
            } catch (UnknownHostException unresolved) {
                log.debug("group address %s cannot be resolved", address);
            }
        }
        setInitialHosts2(found);
        super.findMembers(members, initialDiscovery, responses);
    }
}
