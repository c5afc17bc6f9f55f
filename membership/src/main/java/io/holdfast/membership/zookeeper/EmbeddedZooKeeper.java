package io.holdfast.membership.zookeeper;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.secrets.TlsKeys;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.zookeeper.server.NettyServerCnxnFactory;
import org.apache.zookeeper.server.PurgeTxnLog;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ZooKeeper server inside the controller, for installations without an ensemble of their own.
 *
 * <p>It writes through to the disk before it answers, so it survives {@code kill -9}; sessions of agents that come back
 * within their time go on. It listens with TLS 1.3 only and admits only certificates of our authority. When it stops by
 * itself (a full disk, for one), it is started again.
 *
 * <p>ZooKeeper's server reads its settings from system properties. So there can be servers with one identity per
 * process, which is what a controller has.
 */
public final class EmbeddedZooKeeper implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedZooKeeper.class);

    /** ZooKeeper refuses to keep fewer. */
    private static final int SNAPSHOTS_KEPT = 3;

    private static final Duration PURGE_INTERVAL = Duration.ofMinutes(10);

    private final Path directory;
    private final String bindAddress;
    private final int tickMillis;
    private final Upkeep upkeep;

    /** The port in use; the asked one, or the one that was found free for 0. Kept across restarts. */
    private volatile int port;

    private @Nullable ServerCnxnFactory connections;
    private @Nullable ZooKeeperServer server;
    private long purgedAtNanos = System.nanoTime();

    private EmbeddedZooKeeper(Path directory, String bindAddress, int port, int tickMillis) {
        this.directory = directory;
        this.bindAddress = bindAddress;
        this.port = port;
        this.tickMillis = tickMillis;
        this.upkeep = new Upkeep("zookeeper-upkeep", Duration.ofMillis(500), this::round);
    }

    /**
     * Starts a server on that directory; returns when it serves.
     *
     * @param directory made when it is missing; must belong to this process alone
     * @throws IOException when the directory or the port cannot be used
     */
    public static EmbeddedZooKeeper start(Path directory, MembershipSettings settings, TlsKeys tls) throws IOException {
        useIdentity(tls);
        // A session is ended between its timeout and one tick later; a fifth keeps that small without busy ticking.
        int tickMillis = Math.toIntExact(Math.clamp(settings.sessionTimeout().toMillis() / 5, 100, 1000));
        Files.createDirectories(directory);
        EmbeddedZooKeeper zookeeper =
                new EmbeddedZooKeeper(directory, settings.bindAddress(), settings.zookeeperPort(), tickMillis);
        zookeeper.open();
        zookeeper.upkeep.start();
        return zookeeper;
    }

    public int port() {
        return port;
    }

    /** {@code host:port} for agents and controllers. */
    public String connectString() {
        return (bindAddress.indexOf(':') >= 0 ? "[" + bindAddress + "]" : bindAddress) + ":" + port;
    }

    /** Stops the server and starts it again on the same directory and port; for rehearsals. */
    public synchronized void restart() throws IOException {
        shut();
        // The old listener lets go of the port a moment after it was told to.
        long deadlineNanos = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (true) {
            try {
                open();
                return;
            } catch (IOException stillTaken) {
                if (System.nanoTime() - deadlineNanos > 0) {
                    throw stillTaken;
                }
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
    }

    /** Stops; what was acknowledged is on the disk. */
    @Override
    public void close() {
        upkeep.close();
        synchronized (this) {
            shut();
        }
    }

    private synchronized void open() throws IOException {
        try {
            File files = directory.toFile();
            FileTxnSnapLog store = new FileTxnSnapLog(files, files);
            ZooKeeperServer opened =
                    new ZooKeeperServer(store, tickMillis, 2 * tickMillis, 60_000, -1, new ZKDatabase(store), "");
            ServerCnxnFactory listening = ServerCnxnFactory.createFactory();
            try {
                listening.configure(new InetSocketAddress(bindAddress, port), 0, -1, true);
                listening.startup(opened);
            } catch (IOException | RuntimeException failed) {
                // Netty throws the bind's IOException without declaring it, so the compiler sees neither.
                release(listening, store);
                throw failed;
            } catch (InterruptedException interrupted) {
                release(listening, store);
                throw interrupted;
            } catch (Exception undeclared) {
                release(listening, store);
                throw new IOException(
                        "ZooKeeper cannot serve " + bindAddress + ":" + port + " from " + directory + ": "
                                + undeclared.getMessage() + " (is another controller running?)",
                        undeclared);
            }
            port = listening.getLocalPort();
            connections = listening;
            server = opened;
            log.info("ZooKeeper serves {} from {}", connectString(), directory);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while ZooKeeper was starting on " + directory, interrupted);
        }
    }

    private static void release(ServerCnxnFactory listening, FileTxnSnapLog store) throws IOException {
        listening.shutdown();
        store.close();
    }

    private synchronized void shut() {
        if (connections != null) {
            connections.shutdown();
            connections = null;
        }
        if (server != null) {
            server.shutdown(true);
            server = null;
        }
    }

    private synchronized void round() throws IOException {
        if (server == null || !server.isRunning()) {
            log.warn("ZooKeeper has stopped; starting it again on {}", directory);
            shut();
            open();
        }
        if (System.nanoTime() - purgedAtNanos > PURGE_INTERVAL.toNanos()) {
            purgedAtNanos = System.nanoTime();
            PurgeTxnLog.purge(directory.toFile(), directory.toFile(), SNAPSHOTS_KEPT);
        }
    }

    /** Of every server in this process. Properties are seen by anybody in it, so no secret is among them. */
    static void useIdentity(TlsKeys tls) throws IOException {
        // Before the first client calls: its handshake would settle the question for the clients in this process too.
        NameCheck.switchOff();
        ServerIdentity.become(tls);
        System.setProperty("zookeeper.ssl.protocol", "TLSv1.3");
        System.setProperty("zookeeper.ssl.enabledProtocols", "TLSv1.3");
        System.setProperty("zookeeper.ssl.clientAuth", "need");
        System.setProperty("zookeeper.ssl.hostnameVerification", "false");
        System.setProperty(ServerCnxnFactory.ZOOKEEPER_SERVER_CNXN_FACTORY, NettyServerCnxnFactory.class.getName());
        System.setProperty("zookeeper.admin.enableServer", "false");
        // A log of 64 MiB per file is made for thousands of writes a second; leases write a few a minute.
        System.setProperty("zookeeper.preAllocSize", "4096");
        System.setProperty("zookeeper.snapCount", "20000");
    }
}
