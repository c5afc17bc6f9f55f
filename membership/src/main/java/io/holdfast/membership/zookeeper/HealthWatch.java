package io.holdfast.membership.zookeeper;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.Signals;
import io.holdfast.membership.core.Observation;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorWatcher;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what agents say of their own hosts: each word when it is new, at most twice a second. A thousand agents that repeat
 * themselves every five seconds cost two hundred reads a second, and none when nothing is said.
 *
 * <p>What cannot be read is told as unknown, by its name and reason, under the name of the session that wrote it. When a node goes, its
 * session went, and nothing is said of that host any more.
 *
 * <p>Once a second, after everything that has changed is read, it says that this is so ({@link Observation.WordsRead}): only then is a word
 * that did not come a word that was not said.
 */
public final class HealthWatch implements Signals {

    static final String DIRECTORY = "health";

    private static final Logger log = LoggerFactory.getLogger(HealthWatch.class);
    private static final Duration ROUND = Duration.ofMillis(500);

    /** How often it is said that all is read. */
    private static final Duration READ = Duration.ofSeconds(1);

    private final Coordination coordination;
    private final SegmentId segment;
    private final Upkeep upkeep;
    private final CuratorWatcher watcher;

    /** Nodes that have changed since they were read. */
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    private volatile boolean listChanged = true;

    /** Watches may have been lost with a session: then everything is read anew. */
    private volatile boolean broken = true;

    // of the upkeep's thread
    private final Set<String> known = new HashSet<>();
    private final Map<String, String> sessions = new HashMap<>();
    private final Set<String> unreadable = new HashSet<>();
    private long readNanos = System.nanoTime() - READ.toNanos();

    private final Object order = new Object();
    private boolean closed;
    private @Nullable Consumer<Observation> inbox;
    private @Nullable ConnectionStateListener listener;

    public HealthWatch(Coordination coordination, SegmentId segment) {
        this.coordination = coordination;
        this.segment = segment;
        this.upkeep = new Upkeep("health-" + segment, ROUND, this::round);
        String prefix = Coordination.path(segment, DIRECTORY) + "/";
        this.watcher = event -> {
            String path = event.getPath();
            if (event.getType() == Watcher.Event.EventType.None || path == null || !path.startsWith(prefix)) {
                listChanged = true;
            } else {
                changed.add(path.substring(prefix.length()));
            }
        };
    }

    @Override
    public void start(Consumer<Observation> inbox) {
        synchronized (order) {
            this.inbox = inbox;
        }
        listener = coordination.onConnection(_ -> broken = true);
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

    private void round() throws Exception {
        if (!coordination.isConnected()) {
            return;
        }
        CuratorFramework client = coordination.client();
        if (broken) {
            broken = false;
            known.clear();
            listChanged = true;
        }
        if (listChanged) {
            listChanged = false;
            try {
                list(client);
            } catch (Exception failure) {
                listChanged = true;
                throw failure;
            }
        }
        for (String host : List.copyOf(changed)) {
            // Before it is read: a change from now on is another one.
            changed.remove(host);
            try {
                read(client, host);
            } catch (Exception failure) {
                changed.add(host);
                throw failure;
            }
        }
        if (!broken && System.nanoTime() - readNanos >= READ.toNanos()) {
            readNanos = System.nanoTime();
            say(new Observation.WordsRead());
        }
    }

    private void list(CuratorFramework client) throws Exception {
        String path = Coordination.path(segment, DIRECTORY);
        List<String> hosts;
        try {
            hosts = client.getChildren().usingWatcher(watcher).forPath(path);
        } catch (KeeperException.NoNodeException nobodyYet) {
            // Made here, so that there is something to watch before the first agent comes.
            try {
                client.create().creatingParentsIfNeeded().forPath(path, new byte[0]);
            } catch (KeeperException.NodeExistsException race) {
                log.debug("segment {}: an agent was quicker", segment);
            }
            listChanged = true;
            return;
        }
        hosts.stream().filter(known::add).forEach(changed::add);
        known.retainAll(hosts);
        for (String gone : Set.copyOf(sessions.keySet())) {
            if (!hosts.contains(gone)) {
                gone(gone);
            }
        }
    }

    private void read(CuratorFramework client, String name) throws Exception {
        HostId host;
        try {
            host = HostId.of(name);
        } catch (IllegalArgumentException noHost) {
            refuse(name, "its name is no host's: " + noHost.getMessage());
            return;
        }
        Stat stat = new Stat();
        byte[] data;
        try {
            data = client.getData()
                    .storingStatIn(stat)
                    .usingWatcher(watcher)
                    .forPath(Coordination.path(segment, DIRECTORY + "/" + name));
        } catch (KeeperException.NoNodeException gone) {
            gone(name);
            return;
        }
        if (stat.getEphemeralOwner() == 0) {
            // It would outlive whoever wrote it.
            refuse(name, "it belongs to no session");
            say(host, sessions.getOrDefault(name, ""), HealthRecord.unreadable("it belongs to no session"));
            return;
        }
        try {
            HealthRecord record = HealthRecord.decode(data);
            unreadable.remove(name);
            sessions.put(name, record.agentSession());
            say(host, record.agentSession(), record.health());
        } catch (IOException malformed) {
            refuse(name, String.valueOf(malformed.getMessage()));
            say(host, sessions.getOrDefault(name, ""), HealthRecord.unreadable(String.valueOf(malformed.getMessage())));
        }
    }

    private void gone(String name) {
        unreadable.remove(name);
        String session = sessions.remove(name);
        if (session != null) {
            say(HostId.of(name), session, AgentHealth.UNSAID);
        }
    }

    private void refuse(String name, String reason) {
        if (unreadable.add(name)) {
            log.warn(
                    "segment {}: what the agent of {} says of its host cannot be read ({}); it counts as unknown. Is the agent of"
                            + " another version?",
                    segment,
                    name,
                    reason);
        }
    }

    private void say(HostId host, String session, AgentHealth health) {
        say(new Observation.AgentWord(host, session, health));
    }

    private void say(Observation observation) {
        synchronized (order) {
            Consumer<Observation> listening = inbox;
            if (listening != null && !closed) {
                listening.accept(observation);
            }
        }
    }
}
