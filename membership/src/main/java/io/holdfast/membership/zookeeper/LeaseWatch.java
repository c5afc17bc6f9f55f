package io.holdfast.membership.zookeeper;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Signals;
import io.holdfast.membership.core.Observation;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorWatcher;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.KeeperException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads all leases of a segment, whenever one changes and once a second, and says so as one view. */
public final class LeaseWatch implements Signals {

    private static final Logger log = LoggerFactory.getLogger(LeaseWatch.class);

    private final Coordination coordination;
    private final SegmentId segment;
    private final Upkeep upkeep;
    private final CuratorWatcher watcher;
    private final Set<String> unreadable = new HashSet<>();

    private final Object order = new Object();

    /** Rises with each change of the connection. Guarded by {@code order}, as is each word to the inbox. */
    private long connections;

    private boolean connected;
    private boolean closed;
    private @Nullable Consumer<Observation> inbox;
    private @Nullable ConnectionStateListener listener;

    public LeaseWatch(Coordination coordination, SegmentId segment) {
        this.coordination = coordination;
        this.segment = segment;
        this.upkeep = new Upkeep("leases-" + segment, Duration.ofSeconds(1), this::round);
        this.watcher = event -> upkeep.poke();
    }

    @Override
    public void start(Consumer<Observation> inbox) {
        synchronized (order) {
            this.inbox = inbox;
        }
        listener = coordination.onConnection(this::onConnection);
        if (coordination.isConnected()) {
            // The connection may be older than this watch, and then no change of state will tell of it.
            onConnection(true);
        }
        upkeep.start();
    }

    @Override
    public void close() {
        if (listener != null) {
            coordination.forget(listener);
        }
        upkeep.close();
        synchronized (order) {
            closed = true;
        }
    }

    private void onConnection(boolean nowConnected) {
        synchronized (order) {
            if (nowConnected == connected) {
                return;
            }
            connected = nowConnected;
            connections++;
            say(nowConnected ? new Observation.CoordinationRestored() : new Observation.CoordinationLost());
        }
        upkeep.poke();
    }

    private void round() throws Exception {
        long began;
        synchronized (order) {
            if (!connected) {
                return;
            }
            began = connections;
        }
        CuratorFramework client = coordination.client();
        Set<String> leased = new HashSet<>();
        List<HostRegistration> held = new ArrayList<>();
        for (String host : children(client, "leases", true)) {
            LeaseRecord lease = read(client, "leases/" + host);
            if (lease != null) {
                leased.add(host);
                held.add(lease.registration());
            }
        }
        List<HostRegistration> known = new ArrayList<>();
        Set<String> left = new HashSet<>();
        for (String host : children(client, "hosts", false)) {
            LeaseRecord record = leased.contains(host) ? null : read(client, "hosts/" + host);
            if (record != null) {
                known.add(record.registration());
                if (record.left()) {
                    left.add(record.registration().agentSession());
                }
            }
        }
        synchronized (order) {
            // A view that was read across a disturbance may miss leases that are being renewed: the next round's
            // counts.
            if (connected && began == connections) {
                say(new Observation.LeaseView(held, known, left));
            }
        }
    }

    private void say(Observation observation) {
        Consumer<Observation> listening = inbox;
        if (listening != null && !closed) {
            listening.accept(observation);
        }
    }

    private List<String> children(CuratorFramework client, String below, boolean watched) throws Exception {
        String path = Coordination.path(segment, below);
        try {
            return watched
                    ? client.getChildren().usingWatcher(watcher).forPath(path)
                    : client.getChildren().forPath(path);
        } catch (KeeperException.NoNodeException nobodyYet) {
            // Made here, so that there is something to watch before the first agent comes.
            try {
                client.create().creatingParentsIfNeeded().forPath(path, new byte[0]);
            } catch (KeeperException.NodeExistsException race) {
                // An agent was quicker; the next round reads it.
                upkeep.poke();
            }
            return List.of();
        }
    }

    private @Nullable LeaseRecord read(CuratorFramework client, String below) throws Exception {
        try {
            LeaseRecord record = LeaseRecord.decode(client.getData().forPath(Coordination.path(segment, below)));
            unreadable.remove(below);
            return record;
        } catch (KeeperException.NoNodeException gone) {
            return null;
        } catch (IOException malformed) {
            if (unreadable.add(below)) {
                log.warn(
                        "segment {}: {} cannot be read ({}); the host is treated as if it had none. Is its agent of"
                                + " another version?",
                        segment,
                        below,
                        malformed.getMessage());
            }
            return null;
        }
    }
}
