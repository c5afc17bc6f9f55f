package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.TestPki;
import io.holdfast.membership.probe.TlsIdentity;
import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.io.PrintStream;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three servers, each a process of its own, on loopback addresses of this test's own. */
class EnsembleTest {

    /** Long, so that servers also agree on a machine that is busy with other things. */
    private static final Duration SESSION = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final List<Process> servers = new ArrayList<>();

    @AfterEach
    void endServers() {
        servers.forEach(Process::destroyForcibly);
    }

    @Test
    void threeServersTrustEachOtherAndNoneHasThePasswordAsAProperty() throws Exception {
        TlsKeys tls = TestPki.create(directory);
        for (int own : addresses().keySet()) {
            servers.add(start(own));
        }
        try (Coordination coordination = Coordination.connect(
                EnsembleServer.connectString(addresses()), Math.toIntExact(SESSION.toMillis()), tls)) {
            assertThat(coordination.client().blockUntilConnected(180, TimeUnit.SECONDS))
                    .as(this::said)
                    .isTrue();
            coordination.client().create().forPath("/agreed");
        }
        assertThat(admits(new TlsIdentity(tls).context())).isTrue();
        assertThat(admits(nobody(tls))).isFalse();
        for (Process server : servers) {
            server.getOutputStream().close();
            assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        for (int own : addresses().keySet()) {
            assertThat(Files.readString(directory.resolve("properties-" + own)))
                    .contains("zookeeper.ssl.quorum.context.supplier.class=")
                    .doesNotContain(tls.password());
            assertThat(Files.readString(directory.resolve("says-" + own))).doesNotContain(tls.password());
        }
    }

    /** Trusts the servers, and has no certificate. */
    private static SSLContext nobody(TlsKeys tls) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(
                KeyStore.getInstance(tls.trustStore().toFile(), tls.password().toCharArray()));
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /** Whether the port at which servers elect a leader waits for what such a caller has to say. */
    private static boolean admits(SSLContext caller) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) caller.getSocketFactory().createSocket(addresses().get(1), EnsembleServer.ELECTION_PORT)) {
            socket.setSoTimeout(3000);
            socket.startHandshake();
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException itWaits) {
            return true;
        } catch (SSLException refused) {
            return false;
        }
    }

    private Process start(int own) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServerProcess.class.getName(),
                        directory.toString(),
                        Integer.toString(own),
                        Long.toString(ProcessHandle.current().pid()))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("says-" + own).toFile())
                .start();
    }

    private String said() {
        StringBuilder all = new StringBuilder();
        try {
            for (int own : addresses().keySet()) {
                all.append(Files.readString(directory.resolve("says-" + own)));
            }
        } catch (IOException e) {
            all.append(e);
        }
        return all.toString();
    }

    private static Map<Integer, String> addresses() {
        return ServerProcess.addresses(ProcessHandle.current().pid());
    }

    /** Serves until its standard input ends; then writes down its system properties. */
    static final class ServerProcess {

        private ServerProcess() {}

        /** The ports are fixed, so that each test process has addresses of its own. */
        static Map<Integer, String> addresses(long pid) {
            Map<Integer, String> all = new TreeMap<>();
            for (int number = 1; number <= 3; number++) {
                all.put(number, "127." + (64 + (pid >> 8) % 64) + "." + (pid & 255) + "." + number);
            }
            return all;
        }

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            Thread.ofPlatform().daemon().start(() -> {
                try (PrintStream out = new PrintStream(
                        directory.resolve("properties-" + arguments[1]).toFile())) {
                    while (System.in.read() >= 0) {
                        // Nothing is said here; the end of the input is the end of the test.
                    }
                    System.getProperties().forEach((name, value) -> out.println(name + "=" + value));
                } catch (IOException e) {
                    e.printStackTrace();
                }
                Runtime.getRuntime().halt(0);
            });
            EnsembleServer.run(
                    directory.resolve("server-" + arguments[1]),
                    addresses(Long.parseLong(arguments[2])),
                    Integer.parseInt(arguments[1]),
                    SESSION,
                    TestPki.at(directory));
        }
    }
}
