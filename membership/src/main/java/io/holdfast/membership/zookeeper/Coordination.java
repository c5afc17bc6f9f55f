package io.holdfast.membership.zookeeper;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.util.List;
import java.util.function.Consumer;
import org.apache.curator.RetryPolicy;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.client.ZKClientConfig;

/**
 * One connection to ZooKeeper: TLS 1.3, both sides authenticated. May be shared by everything in a process.
 *
 * <p>Host names in certificates are not compared: segments are addressed by number, and the certificate authority serves
 * this installation alone. Whoever holds one of its certificates is already inside.
 */
public final class Coordination implements AutoCloseable {

    private final CuratorFramework client;
    private final int sessionTimeoutMillis;
    private final boolean ensemble;

    private Coordination(CuratorFramework client, int sessionTimeoutMillis, boolean ensemble) {
        this.client = client;
        this.sessionTimeoutMillis = sessionTimeoutMillis;
        this.ensemble = ensemble;
    }

    /**
     * Begins to connect and returns at once; reconnects for ever. Without a connect string it connects to the embedded
     * server at {@code bind-address} and {@code zookeeper-port}.
     */
    public static Coordination connect(MembershipSettings settings, TlsKeys tls) {
        String servers = settings.connectString() != null
                ? settings.connectString()
                : settings.bindAddress() + ":" + settings.zookeeperPort();
        return connect(servers, Math.toIntExact(settings.sessionTimeout().toMillis()), tls);
    }

    static Coordination connect(String servers, int sessionTimeoutMillis, TlsKeys tls) {
        NameCheck.switchOff();
        // Rounds are repeated by their keepers; a call gets one quick second chance and then fails.
        RetryPolicy retry = new RetryOneTime(50);
        CuratorFramework client = CuratorFrameworkFactory.builder()
                .connectString(servers)
                .sessionTimeoutMs(sessionTimeoutMillis)
                .connectionTimeoutMs(Math.max(1500, sessionTimeoutMillis))
                .maxCloseWaitMs(500)
                .retryPolicy(retry)
                .ensembleTracker(false)
                .dontUseContainerParents()
                .zkClientConfig(clientConfig(tls))
                .build();
        client.start();
        return new Coordination(client, sessionTimeoutMillis, servers.indexOf(',') >= 0);
    }

    /** Closes the session: its ephemeral nodes vanish at once. */
    @Override
    public void close() {
        client.close();
    }

    CuratorFramework client() {
        return client;
    }

    /** Whether there are several servers, so that the one we speak to may not know what the others have decided. */
    boolean isEnsemble() {
        return ensemble;
    }

    boolean isConnected() {
        return client.getZookeeperClient().isConnected();
    }

    long sessionId() throws Exception {
        return client.getZookeeperClient().getZooKeeper().getSessionId();
    }

    /** Many reads with one request, each answered for itself. Not repeated when it fails. */
    List<OpResult> read(List<Op> questions) throws Exception {
        return client.getZookeeperClient().getZooKeeper().multi(questions);
    }

    /** How long the server keeps our session after it heard from us: what was asked for, or less if it granted less. */
    long sessionNanos() throws Exception {
        int granted = client.getZookeeperClient().getZooKeeper().getSessionTimeout();
        int millis = granted > 0 ? Math.min(granted, sessionTimeoutMillis) : sessionTimeoutMillis;
        return millis * 1_000_000L;
    }

    /** Tells of each change; called on Curator's thread, so the listener only enqueues. */
    ConnectionStateListener onConnection(Consumer<Boolean> connected) {
        ConnectionStateListener listener = (curator, state) -> connected.accept(state.isConnected());
        client.getConnectionStateListenable().addListener(listener);
        return listener;
    }

    void forget(ConnectionStateListener listener) {
        client.getConnectionStateListenable().removeListener(listener);
    }

    static String path(SegmentId segment, String below) {
        return "/holdfast/segments/" + segment + "/" + below;
    }

    private static ZKClientConfig clientConfig(TlsKeys tls) {
        String password = tls.password();
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty("zookeeper.clientCnxnSocket", "org.apache.zookeeper.ClientCnxnSocketNetty");
        config.setProperty("zookeeper.client.secure", "true");
        config.setProperty("zookeeper.ssl.protocol", "TLSv1.3");
        config.setProperty("zookeeper.ssl.enabledProtocols", "TLSv1.3");
        config.setProperty("zookeeper.ssl.keyStore.location", tls.keyStore().toString());
        config.setProperty("zookeeper.ssl.keyStore.type", "PKCS12");
        config.setProperty("zookeeper.ssl.keyStore.password", password);
        config.setProperty("zookeeper.ssl.trustStore.location", tls.trustStore().toString());
        config.setProperty("zookeeper.ssl.trustStore.type", "PKCS12");
        config.setProperty("zookeeper.ssl.trustStore.password", password);
        config.setProperty("zookeeper.ssl.hostnameVerification", "false");
        // Without this the client asks DNS for the name of each address before it connects, and waits for the answer.
        config.setProperty("zookeeper.sasl.client", "false");
        return config;
    }
}
