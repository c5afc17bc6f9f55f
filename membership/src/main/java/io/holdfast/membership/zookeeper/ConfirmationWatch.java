package io.holdfast.membership.zookeeper;

import io.holdfast.membership.LeaseSight;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Watches when the leases of given hosts were confirmed the last time, for whoever has to know for certain that they were not.
 *
 * <p>Each look begins with a write that changes nothing: its acknowledgement is a majority's, and what is read after it on the same
 * session is no older. Without it, a server that is cut off from the others would show a host silent that has just confirmed.
 *
 * <p>Threads: one looks; any may ask. Whatever disturbs the connection makes every age begin anew.
 */
public final class ConfirmationWatch implements AutoCloseable {

    private static final Duration GAP = Duration.ofSeconds(2);

    private final Coordination coordination;
    private final SegmentId segment;
    private final Duration gapMax;
    private final Upkeep upkeep;

    private final Object lock = new Object();

    /** Rises with each change of the connection. Guarded by the lock, as is what was seen. */
    private long disturbances;

    private Confirmations seen = Confirmations.none();
    private volatile Set<HostId> wanted = Set.of();
    private @Nullable ConnectionStateListener listener;

    /** @param interval between two looks */
    public ConfirmationWatch(Coordination coordination, SegmentId segment, Duration interval) {
        this.coordination = coordination;
        this.segment = segment;
        this.gapMax = interval.plus(GAP);
        this.upkeep = new Upkeep("confirmations-" + segment, interval, this::round);
    }

    public void start() {
        listener = coordination.onConnection(_ -> disturbed());
        upkeep.start();
    }

    @Override
    public void close() {
        if (listener != null) {
            coordination.forget(listener);
        }
        upkeep.close();
    }

    /** Whom to watch from now on; of nobody else anything is known. */
    public void watch(Set<HostId> hosts) {
        Set<HostId> now = Set.copyOf(hosts);
        if (!now.equals(wanted)) {
            wanted = now;
            upkeep.poke();
        }
    }

    /** What is known of a host that is watched. Never blocks. */
    public LeaseSight watched(HostId host) {
        synchronized (lock) {
            return seen.of(host);
        }
    }

    /** One look at one host, now. Its age is nothing, because nobody has watched it. */
    public LeaseSight look(HostId host) {
        try {
            Map<HostId, Confirmations.Look> looks = looks(Set.of(host));
            Confirmations.Look look = looks.get(host);
            return look == null
                    ? new LeaseSight.Unknown("it has never registered")
                    : Confirmations.sight(look, Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new LeaseSight.Unknown("interrupted while asking");
        } catch (Exception failed) {
            return new LeaseSight.Unknown("ZooKeeper does not answer: " + failed.getMessage());
        }
    }

    private void disturbed() {
        synchronized (lock) {
            disturbances++;
            seen = Confirmations.none();
        }
    }

    private void round() throws Exception {
        Set<HostId> hosts = wanted;
        long before;
        synchronized (lock) {
            before = disturbances;
            if (hosts.isEmpty()) {
                seen = Confirmations.none();
                return;
            }
        }
        long beganNanos = System.nanoTime();
        Map<HostId, Confirmations.Look> looks;
        try {
            looks = looks(hosts);
        } catch (Exception failed) {
            disturbed();
            throw failed;
        }
        synchronized (lock) {
            if (before == disturbances) {
                seen = seen.look(looks, beganNanos, System.nanoTime(), gapMax);
            }
        }
    }

    private Map<HostId, Confirmations.Look> looks(Set<HostId> hosts) throws Exception {
        CuratorFramework client = coordination.client();
        client.transaction()
                .forOperations(client.transactionOp().check().forPath(Coordination.path(segment, "leases")));
        Map<HostId, Confirmations.Look> looks = new HashMap<>();
        for (HostId host : hosts) {
            look(client, host).ifPresent(look -> looks.put(host, look));
        }
        return looks;
    }

    private Optional<Confirmations.Look> look(CuratorFramework client, HostId host) throws Exception {
        // The lease first: one that ends between the two questions is still seen there, which only delays.
        boolean there = client.checkExists().forPath(Coordination.path(segment, "leases/" + host)) != null;
        Stat stat = new Stat();
        try {
            byte[] data = client.getData().storingStatIn(stat).forPath(Coordination.path(segment, "hosts/" + host));
            return Optional.of(
                    new Confirmations.Look(LeaseRecord.decode(data), stat.getCzxid(), stat.getMzxid(), there));
        } catch (KeeperException.NoNodeException never) {
            return Optional.empty();
        } catch (IOException unreadable) {
            // As good as none: from such a host nobody waits for a reset by itself.
            return Optional.empty();
        }
    }
}
