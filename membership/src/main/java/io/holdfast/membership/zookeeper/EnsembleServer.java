package io.holdfast.membership.zookeeper;

import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.zookeeper.server.admin.AdminServer.AdminServerException;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ZooKeeper server of several, in a process of its own: what an installation with three controllers stands on.
 *
 * <p>Model: ZooKeeper's own program, with a configuration that asks as much of whoever calls as the embedded server does:
 * TLS 1.3 with certificates on both sides, towards clients and between the servers. {@link #configuration} is also what the
 * operator guide shows for an ensemble that is run in another way.
 *
 * <p>What if we die here: what was acknowledged is on the disks of a majority; the server catches up when it is back.
 */
public final class EnsembleServer {

    private static final Logger log = LoggerFactory.getLogger(EnsembleServer.class);

    private static final int CLIENT_PORT = 2281;
    private static final int QUORUM_PORT = 2888;
    static final int ELECTION_PORT = 3888;

    private EnsembleServer() {}

    /**
     * Runs until the process is ended.
     *
     * @param directory made when missing; of this server alone
     * @param servers address of each server by its number, the same for all of them
     * @param own the number of this one
     * @param sessionTimeout the shortest session that will be asked for; a tick is a fifth of it
     * @throws IOException when the directory or the addresses cannot be used
     */
    public static void run(Path directory, Map<Integer, String> servers, int own, Duration sessionTimeout, TlsKeys tls)
            throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("myid"), own + "\n", StandardCharsets.US_ASCII);
        EmbeddedZooKeeper.useIdentity(tls);
        QuorumPeerConfig config = new QuorumPeerConfig();
        try {
            config.parseProperties(configuration(directory, servers, own, sessionTimeout));
            log.info("ZooKeeper server {} of {} serves {}:{}", own, servers, servers.get(own), CLIENT_PORT);
            new QuorumPeerMain().runFromConfig(config);
        } catch (QuorumPeerConfig.ConfigException | AdminServerException e) {
            throw new IOException("the ZooKeeper server in " + directory + " cannot run: " + e.getMessage(), e);
        }
    }

    /** {@code host:port,host:port}, as {@code membership.connect-string} wants it. */
    public static String connectString(Map<Integer, String> servers) {
        List<String> all = new ArrayList<>();
        servers.forEach((number, address) -> all.add(address + ":" + CLIENT_PORT));
        return String.join(",", all);
    }

    static Properties configuration(Path directory, Map<Integer, String> servers, int own, Duration sessionTimeout) {
        String address = servers.get(own);
        if (address == null) {
            throw new IllegalArgumentException("server " + own + " is none of the ensemble's " + servers);
        }
        Properties all = new Properties();
        all.setProperty("dataDir", directory.toString());
        // A session is ended between its timeout and one tick later.
        all.setProperty("tickTime", Long.toString(Math.clamp(sessionTimeout.toMillis() / 5, 100, 1000)));
        // How long a server may lag behind, in ticks. Sessions go on meanwhile, so this may be generous.
        all.setProperty("initLimit", "25");
        all.setProperty("syncLimit", "10");
        all.setProperty("secureClientPort", Integer.toString(CLIENT_PORT));
        all.setProperty("secureClientPortAddress", address);
        all.setProperty("admin.enableServer", "false");
        all.setProperty("4lw.commands.whitelist", "none");
        all.setProperty("standaloneEnabled", "false");
        all.setProperty("reconfigEnabled", "false");
        all.setProperty("autopurge.snapRetainCount", "3");
        all.setProperty("autopurge.purgeInterval", "1");
        all.setProperty("sslQuorum", "true");
        all.setProperty("ssl.quorum.protocol", "TLSv1.3");
        all.setProperty("ssl.quorum.enabledProtocols", "TLSv1.3");
        all.setProperty("ssl.quorum.clientAuth", "need");
        all.setProperty("ssl.quorum.hostnameVerification", "false");
        // Not its own settings for that: they would make the password of the key store a system property.
        all.setProperty("ssl.quorum.context.supplier.class", QuorumIdentity.class.getName());
        servers.forEach((number, where) ->
                all.setProperty("server." + number, where + ":" + QUORUM_PORT + ":" + ELECTION_PORT));
        return all;
    }
}
