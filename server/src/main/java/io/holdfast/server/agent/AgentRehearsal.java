package io.holdfast.server.agent;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.grpc.GrpcHostAgents;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.zookeeper.EmbeddedZooKeeper;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.server.Closing;
import io.holdfast.server.Scratch;
import io.holdfast.server.pki.CertificateAuthority;
import io.holdfast.server.pki.Role;
import io.holdfast.server.settings.SettingsLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An agent of a host that there is not, started, asked once and stopped: every class that an agent needs is loaded. It has no guests, because the libvirt
 * that it asks for is a driver that only pretends, and calls nobody but the ZooKeeper beside it.
 */
public final class AgentRehearsal {

    /** It takes a few seconds; a machine that needs longer is not prepared. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private AgentRehearsal() {}

    public static void run() throws IOException {
        try (Scratch scratch = Scratch.open("holdfast-rehearsal")) {
            run(scratch.path());
        }
    }

    private static void run(Path directory) throws IOException {
        SecretReader secrets = SecretReader.ofCommand(Map.of());
        CertificateAuthority authority =
                CertificateAuthority.create(directory.resolve("pki"), "rehearsal", InstantSource.system());
        authority.issue("rehearsal", Role.AGENT, List.of("rehearsal"), List.of("127.0.0.1"));
        TlsKeys controller = new TlsKeys(
                "tls",
                authority.issue("controller", Role.CONTROLLER, List.of("localhost"), List.of("127.0.0.1")),
                secrets);
        Files.createDirectories(directory.resolve("shared"));
        Files.writeString(directory.resolve("boot-id"), "rehearsal\n");
        Closing closing = new Closing();
        try {
            EmbeddedZooKeeper zookeeper = closing.add(EmbeddedZooKeeper.start(
                    directory.resolve("zookeeper"),
                    MembershipSettings.defaults().at(null, "127.0.0.1", 0, 0),
                    controller));
            AgentProcess agent =
                    closing.add(AgentProcess.start(settings(directory, zookeeper.connectString()), secrets, 0));
            try (GrpcHostAgents agents = new GrpcHostAgents(controller, (host, connected, trouble) -> {})) {
                long limit = System.nanoTime() + LIMIT.toNanos();
                while (!agents.prepare(host(agent.port()), Duration.ofSeconds(5)) || !agent.holdsLease()) {
                    if (System.nanoTime() - limit > 0) {
                        throw new IOException("the agent was not ready within " + LIMIT.toSeconds() + " s");
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
                }
            }
        } finally {
            closing.close();
        }
    }

    /** Read from a file as an agent's are. */
    private static AgentProcessSettings settings(Path directory, String connectString) throws IOException {
        Path file = directory.resolve("agent.yaml");
        Files.writeString(file, """
                state-directory: state
                host: rehearsal
                tls:
                  key-store: pki/rehearsal/keystore.p12
                  trust-store: pki/rehearsal/truststore.p12
                  password-file: pki/rehearsal/password
                membership:
                  connect-string: %1$s
                  bind-address: 127.0.0.1
                  group-port: 0
                agent:
                  listen-address: 127.0.0.1
                  port: 0
                  shared-storage: %2$s/shared
                  boot-id-file: %2$s/boot-id
                  libvirt-uri: test:///default
                  vcpus: 1
                  memory-mib: 64
                  disk-gib: 1
                """.formatted(connectString, directory));
        return SettingsLoader.load(file, AgentProcessSettings.defaults());
    }

    private static ComputeHost host(int port) {
        Instant now = Instant.now();
        return new ComputeHost(
                HostId.of("rehearsal"),
                new UUID(0, 1),
                SegmentId.of("default"),
                "nova",
                HostState.JOINING,
                HostEpoch.ZERO,
                Incarnation.of(1),
                "rehearsal",
                true,
                null,
                false,
                "127.0.0.1",
                port,
                Resources.NOTHING,
                Resources.NOTHING,
                0,
                now,
                now,
                now,
                FailureDomains.NONE,
                null,
                null,
                null);
    }
}
