package io.holdfast.membership.zookeeper;

import io.holdfast.membership.GroupAddress;
import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.Network;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
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

    /** Keeps the node of the name that was published last; of the rounds alone. */
    private @Nullable KeptNode kept;

    private String keptName = "";

    /** When the directory was made and last changed, as of the last listing, in the server's counting. Of the rounds alone. */
    private long listedCzxid;

    private long listedPzxid;

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
            keep(name);
        }
        String directory = Coordination.path(segment, place);
        Stat stat = coordination.client().checkExists().forPath(directory);
        if (stat == null) {
            // An empty directory is an answer.
            listed(List.of(), 0, 0);
        } else if (!read || stat.getCzxid() != listedCzxid || stat.getPzxid() != listedPzxid) {
            // Listed only when somebody came or went: every member listing all of them every second is n² names.
            List<GroupAddress> found = new ArrayList<>();
            Stat seen = new Stat();
            try {
                for (String child :
                        coordination.client().getChildren().storingStatIn(seen).forPath(directory)) {
                    int at = child.indexOf('@');
                    if (at > 0) {
                        found.add(GroupAddress.parse(child.substring(at + 1)));
                    }
                }
                listed(found, seen.getCzxid(), seen.getPzxid());
            } catch (KeeperException.NoNodeException gone) {
                listed(List.of(), 0, 0);
            }
        }
    }

    private void keep(String name) throws Exception {
        KeptNode node = kept;
        if (node == null || !keptName.equals(name)) {
            // A leftover of that very name was ours: name and address are unique.
            node = new KeptNode(coordination, Coordination.path(segment, place + "/" + name), data -> true);
            kept = node;
            keptName = name;
        }
        var _ = node.keep(new byte[0]);
    }

    private void listed(List<GroupAddress> found, long czxid, long pzxid) {
        listedCzxid = czxid;
        listedPzxid = pzxid;
        members = List.copyOf(found);
        read = true;
    }
}
