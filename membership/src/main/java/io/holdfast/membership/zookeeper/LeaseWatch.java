package io.holdfast.membership.zookeeper;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Signals;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.core.ViewGathering;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorWatcher;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all leases of a segment, whenever one changes and once a second, and says so as one view.
 *
 * <p>Changes that come together are said together ({@link ViewGathering}): a segment that is switched on, and hosts that go at
 * one moment. While a change waits, only the names are listed; the records are read when the view is to be said, many with
 * one request.
 */
public final class LeaseWatch implements Signals {

    private static final Logger log = LoggerFactory.getLogger(LeaseWatch.class);

    /** Records read with one request: some tens of kilobytes, far below the megabyte that a client takes. */
    private static final int AT_ONCE = 100;

    /** However many names change, they are listed no more often than this. */
    private static final Duration LISTED_EVERY = Duration.ofMillis(50);

    private final Coordination coordination;
    private final SegmentId segment;
    private final Upkeep upkeep;
    private final CuratorWatcher watcher;
    private final Set<String> unreadable = new HashSet<>();

    /** Of the rounds alone, as is the next. */
    private final ViewGathering gathering;

    private long gatheredConnection = -1;

    /** Whose leases were listed for the view that was said last. */
    private Set<String> last = Set.of();

    private final Object order = new Object();

    /** Rises with each change of the connection. Guarded by {@code order}, as is each word to the inbox. */
    private long connections;

    private boolean connected;
    private boolean closed;
    private @Nullable Consumer<Observation> inbox;
    private @Nullable ConnectionStateListener listener;

    /** @param sessionTimeout how long a lease outlives its host */
    public LeaseWatch(Coordination coordination, SegmentId segment, Duration sessionTimeout) {
        this.coordination = coordination;
        this.segment = segment;
        this.gathering = ViewGathering.ofSessions(sessionTimeout);
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
        if (gatheredConnection != began) {
            gatheredConnection = began;
            gathering.disturbed();
        }
        CuratorFramework client = coordination.client();
        Set<String> names = new TreeSet<>(children(client, "leases", true));
        Duration wait = gathering.look(names, takenLeave(names), System.nanoTime());
        if (wait.isPositive()) {
            upkeep.within(wait);
            upkeep.rest(LISTED_EVERY);
            return;
        }
        Map<String, LeaseRecord> leases = read("leases", names);
        List<String> without = new ArrayList<>(children(client, "hosts", false));
        without.removeAll(leases.keySet());
        List<HostRegistration> known = new ArrayList<>();
        Set<String> left = new HashSet<>();
        for (LeaseRecord record : read("hosts", without).values()) {
            known.add(record.registration());
            if (record.left()) {
                left.add(record.registration().agentSession());
            }
        }
        List<HostRegistration> held =
                leases.values().stream().map(LeaseRecord::registration).toList();
        synchronized (order) {
            // A view that was read across a disturbance may miss leases that are being renewed: the next round's
            // counts.
            if (connected && began == connections) {
                say(new Observation.LeaseView(held, known, left));
                gathering.said(names);
                last = names;
            }
        }
    }

    /** Who of those that are not there any more took its leave: its record is written before its lease goes. */
    private Set<String> takenLeave(Set<String> present) throws Exception {
        List<String> gone = new ArrayList<>(last);
        gone.removeAll(present);
        Set<String> left = new HashSet<>();
        read("hosts", gone).forEach((name, record) -> {
            if (record.left()) {
                left.add(name);
            }
        });
        return left;
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

    /** Those of the nodes that are there and can be read, by name. */
    private Map<String, LeaseRecord> read(String below, Collection<String> names) throws Exception {
        Map<String, LeaseRecord> found = new LinkedHashMap<>();
        List<String> all = List.copyOf(names);
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            List<String> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
            List<Op> questions = new ArrayList<>();
            for (String name : some) {
                questions.add(Op.getData(Coordination.path(segment, below + "/" + name)));
            }
            List<OpResult> answers = coordination.read(questions);
            for (int i = 0; i < some.size(); i++) {
                if (answers.get(i) instanceof OpResult.GetDataResult there) {
                    LeaseRecord record = decoded(below + "/" + some.get(i), there.getData());
                    if (record != null) {
                        found.put(some.get(i), record);
                    }
                } else if (answers.get(i) instanceof OpResult.ErrorResult failed
                        && failed.getErr() != KeeperException.Code.NONODE.intValue()) {
                    throw KeeperException.create(KeeperException.Code.get(failed.getErr()));
                }
            }
        }
        return found;
    }

    private @Nullable LeaseRecord decoded(String below, byte[] data) {
        try {
            LeaseRecord record = LeaseRecord.decode(data);
            unreadable.remove(below);
            return record;
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
