package io.holdfast.membership.zookeeper;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * An ephemeral node that is to exist for our session, with our data. Not thread-safe: one keeper's thread uses it.
 *
 * <p>A node left over from an earlier session of <em>this</em> process is replaced at once. A node of anybody else
 * is left alone: it vanishes with its session, or it is renewed, and then it is not ours to take.
 */
final class KeptNode {

    private final Coordination coordination;
    private final String path;
    private final Predicate<byte[]> isOurs;

    /** What the last look found to be ours and right, or null. */
    private @Nullable Verified verified;

    KeptNode(Coordination coordination, String path, Predicate<byte[]> isOurs) {
        this.coordination = coordination;
        this.path = path;
        this.isOurs = isOurs;
    }

    /** One state of the node, whose data was compared. Another life of it or another write would have other numbers. */
    private record Verified(long czxid, long mzxid, ByteBuffer data) {

        static Verified of(Stat stat, byte[] data) {
            return new Verified(stat.getCzxid(), stat.getMzxid(), ByteBuffer.wrap(data.clone()));
        }

        boolean still(Stat stat, byte[] wanted) {
            return stat.getCzxid() == czxid && stat.getMzxid() == mzxid && data.equals(ByteBuffer.wrap(wanted));
        }
    }

    /** What a look at the node found, after setting right what could be. */
    sealed interface Look {}

    /** It is ours. {@code czxid} names this life of the node. */
    record Ours(long czxid) implements Look {}

    /** Another session holds it. */
    record Foreign(String data) implements Look {}

    /** What is there, with nothing set right: the data of another session's node, or nothing. */
    Optional<String> foreign() throws Exception {
        Stat seen = new Stat();
        try {
            byte[] present = coordination.client().getData().storingStatIn(seen).forPath(path);
            return seen.getEphemeralOwner() == coordination.sessionId()
                    ? Optional.empty()
                    : Optional.of(new String(present, StandardCharsets.UTF_8));
        } catch (KeeperException.NoNodeException nobody) {
            return Optional.empty();
        }
    }

    /** Gives the node up, if it is our session's. */
    void release() throws Exception {
        CuratorFramework client = coordination.client();
        Stat stat = client.checkExists().forPath(path);
        if (stat != null && stat.getEphemeralOwner() == coordination.sessionId()) {
            try {
                client.delete().withVersion(stat.getVersion()).forPath(path);
            } catch (KeeperException.NoNodeException goneAlready) {
                // What was wanted.
            }
        }
    }

    Look keep(byte[] data) throws Exception {
        CuratorFramework client = coordination.client();
        Stat stat = client.checkExists().forPath(path);
        Verified known = verified;
        if (stat != null
                && known != null
                && stat.getEphemeralOwner() == coordination.sessionId()
                && known.still(stat, data)) {
            // Four looks a second of every host: the data need not come along each time.
            return new Ours(stat.getCzxid());
        }
        verified = null;
        if (stat == null) {
            try {
                client.create()
                        .creatingParentsIfNeeded()
                        .withMode(CreateMode.EPHEMERAL)
                        .forPath(path, data);
            } catch (KeeperException.NodeExistsException race) {
                // Somebody was quicker, or our first attempt went through and its answer was lost: look again.
            }
            stat = client.checkExists().forPath(path);
        }
        if (stat == null) {
            throw new IllegalStateException(path + " vanished while it was made");
        }
        Stat seen = new Stat();
        byte[] present = client.getData().storingStatIn(seen).forPath(path);
        if (seen.getEphemeralOwner() == coordination.sessionId()) {
            if (Arrays.equals(present, data)) {
                verified = Verified.of(seen, data);
            } else {
                client.setData().forPath(path, data);
            }
            return new Ours(seen.getCzxid());
        }
        if (isOurs.test(present)) {
            // Left over from our own ended session. The version guards against deleting somebody's newer node.
            client.delete().withVersion(seen.getVersion()).forPath(path);
            return keep(data);
        }
        return new Foreign(new String(present, StandardCharsets.UTF_8));
    }
}
