package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.TestPki;
import io.holdfast.membership.probe.TlsIdentity;
import io.holdfast.secrets.TlsKeys;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In processes of their own, because Netty chooses once in the life of one. */
class NameCheckTest {

    private static final int CONNECTED = 40;
    private static final int NOT_CONNECTED = 41;

    @TempDir
    Path directory;

    /**
     * An agent that was there before its controller calls the moment the port is open. The controller had not yet made its
     * own connection then, and could not make one any more as long as it lived.
     */
    @Test
    void aControllerReachesItsOwnZooKeeperThoughAnAgentWasFaster() throws Exception {
        TestPki.create(directory);
        assertThat(outcome(Duration.ofSeconds(60))).isEqualTo(CONNECTED);
    }

    @Test
    void whoWantsNamesComparedSaysSoOnTheCommandLine() throws Exception {
        TestPki.create(directory);
        assertThat(outcome(Duration.ofSeconds(6), "-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=HTTPS"))
                .isEqualTo(NOT_CONNECTED);
    }

    /** @param patience how long the process tries */
    private int outcome(Duration patience, String... options) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"));
        builder.command().addAll(List.of(options));
        builder.command()
                .addAll(List.of(
                        ControllerProcess.class.getName(), directory.toString(), Long.toString(patience.toMillis())));
        Path says = directory.resolve("says");
        Process process =
                builder.redirectErrorStream(true).redirectOutput(says.toFile()).start();
        try {
            assertThat(process.waitFor(patience.toSeconds() + 60, TimeUnit.SECONDS))
                    .as(() -> says + " tells")
                    .isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Serves, is called by somebody with a certificate that does not name its address, and then calls itself. */
    static final class ControllerProcess {

        private ControllerProcess() {}

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            TlsKeys tls = TestPki.at(directory);
            MembershipSettings settings = MembershipSettings.defaults().at(null, "127.0.0.1", 0, 0);
            EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.start(directory.resolve("zookeeper"), settings, tls);
            try (SSLSocket agent = (SSLSocket) new TlsIdentity(tls)
                    .context()
                    .getSocketFactory()
                    .createSocket(InetAddress.getLoopbackAddress(), zooKeeper.port())) {
                agent.startHandshake();
            }
            Coordination coordination = Coordination.connect(zooKeeper.connectString(), 10_000, tls);
            boolean connected =
                    coordination.client().blockUntilConnected(Integer.parseInt(arguments[1]), TimeUnit.MILLISECONDS);
            System.exit(connected ? CONNECTED : NOT_CONNECTED);
        }
    }
}
