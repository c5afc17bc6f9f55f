package io.holdfast.membership.zookeeper;

import io.holdfast.membership.GroupAddress;
import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.Network;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.KeeperException;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one network's group: one ephemeral node per member, whose <em>name</em> carries the address, so that one listing
 * answers everything and a hundred members do not cost a hundred reads.
 */
public final class GroupRegister implements GroupDirectory {

    private final Coordination coordination;
    private final SegmentId segment;
    private final String place;
    private final Upkeep upkeep;

    private volatile List<GroupAddress> members = List.of();
    private volatile boolean read;
    private volatile @Nullable String ownName;

    public GroupRegister(Coordination coordination, SegmentId segment, Network network) {
        this.coordination = coordination;
        this.segment = segment;
        // The first network's place is where it was before there were others.
        this.place = network.equals(Network.MANAGEMENT) ? "group" : "groups/" + network;
        this.upkeep = new Upkeep("group-directory-" + segment + "-" + network, Duration.ofSeconds(1), this::round);
        this.upkeep.start();
    }

    @Override
    public List<GroupAddress> members() {
        return members;
    }

    @Override
    public boolean isRead() {
        return read;
    }

    @Override
    public void publish(String member, GroupAddress address) {
        ownName = member + "@" + address;
        upkeep.poke();
    }

    /** The own node goes with the session. */
    @Override
    public void close() {
        upkeep.close();
    }

    private void round() throws Exception {
        String name = ownName;
        if (name != null) {
            // A leftover of that very name was ours: name and address are unique.
            var _ = new KeptNode(coordination, Coordination.path(segment, place + "/" + name), data -> true)
                    .keep(new byte[0]);
        }
        List<GroupAddress> found = new ArrayList<>();
        try {
            for (String child : coordination.client().getChildren().forPath(Coordination.path(segment, place))) {
                int at = child.indexOf('@');
                if (at > 0) {
                    found.add(GroupAddress.parse(child.substring(at + 1)));
                }
            }
        } catch (KeeperException.NoNodeException nobodyYet) {
            // An empty directory is an answer.
        }
        members = List.copyOf(found);
        read = true;
    }
}
