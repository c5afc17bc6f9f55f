package io.holdfast.compute.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.agent.Agent;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.compute.agent.AgentJournal;
import io.holdfast.compute.agent.DiskLooks;
import io.holdfast.compute.agent.Processors;
import io.holdfast.compute.agent.RawSlots;
import io.holdfast.compute.agent.Remedies;
import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import io.holdfast.model.SecretFile;
import io.holdfast.model.SegmentId;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the agent and its server cost in resident memory, in a process of their own with the flags of the launcher, after
 * two controllers watched and gave some hundred orders. ZooKeeper's client, JGroups and libvirt come on top of it.
 */
class AgentFootprintTest {

    private static final int ORDERS = 200;

    /** Of the 200 MiB that the whole agent may take. */
    private static final int RESIDENT_MIB_MAX = 160;

    @TempDir
    Path directory;

    @Test
    void theAgentAndItsServerLeaveRoomForTheRest() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/status")));
        TestPki authority = new TestPki(directory.resolve("pki"));
        TlsKeys controller = authority.issue("controller", "CN=c1,OU=controller");
        authority.issue("h1", "CN=h1,OU=agent", "dns:h1");
        // Whatever it said would fill the pipe that nobody empties, and count as its memory.
        Path quiet = Files.writeString(
                directory.resolve("logback.xml"), "<configuration><root level=\"OFF\"/></configuration>");
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseCompactObjectHeaders",
                        "-XX:+UseSerialGC",
                        "-Xms16m",
                        "-Xmx64m",
                        "-XX:MaxMetaspaceSize=80m",
                        "-XX:ReservedCodeCacheSize=32m",
                        "-XX:MaxDirectMemorySize=16m",
                        "-Xss512k",
                        "-XX:TieredStopAtLevel=1",
                        "-Dlogback.configurationFile=" + quiet,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Lone.class.getName(),
                        directory.toString())
                .redirectError(directory.resolve("stderr").toFile())
                .start();
        try (BufferedReader said = child.inputReader(StandardCharsets.UTF_8);
                GrpcHostAgents first = new GrpcHostAgents(controller, (host, connected, trouble) -> {});
                GrpcHostAgents second = new GrpcHostAgents(controller, (host, connected, trouble) -> {})) {
            ComputeHost host = host(port(said));
            AtomicInteger heard = new AtomicInteger();
            try (AutoCloseable one = first.watch(host, report -> heard.incrementAndGet());
                    AutoCloseable two = second.watch(host, report -> heard.incrementAndGet())) {
                assertThat(List.of(one, two)).doesNotContainNull();
                assertThat(first.adopt(host, AgentFixtures.adopt(), Duration.ofSeconds(20)))
                        .isInstanceOf(AgentAnswer.Accepted.class);
                for (int i = 0; i < ORDERS; i++) {
                    GrpcHostAgents by = i % 2 == 0 ? first : second;
                    assertThat(by.apply(host, AgentFixtures.order(i, 1, InstanceGoal.RUNNING), Duration.ofSeconds(20)))
                            .isInstanceOf(AgentAnswer.Accepted.class);
                }
                await().atMost(Duration.ofSeconds(20)).until(() -> heard.get() >= 2 * ORDERS);
                String status = Files.readString(Path.of("/proc/" + child.pid() + "/status"));
                long residentMib = number(status, "VmRSS") / 1024;
                System.out.println("agent and server: " + residentMib + " MiB resident, " + number(status, "Threads")
                        + " threads, after " + ORDERS + " orders");
                assertThat(residentMib).isLessThan(RESIDENT_MIB_MAX);
            }
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private int port(BufferedReader said) throws IOException {
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.startsWith("port ")) {
                return Integer.parseInt(line.substring(5));
            }
        }
        throw new IOException("the agent ended: " + Files.readString(directory.resolve("stderr")));
    }

    private static long number(String status, String key) {
        return status.lines()
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    private static ComputeHost host(int port) {
        return new ComputeHost(
                AgentFixtures.H1,
                new UUID(0, 1),
                SegmentId.of("s1"),
                "nova",
                HostState.SERVING,
                HostEpoch.ZERO,
                Incarnation.of(1),
                "boot-1",
                true,
                null,
                false,
                "127.0.0.1",
                port,
                new Resources(4, 4096, 100),
                Resources.NOTHING,
                0,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                FailureDomains.NONE,
                null,
                null,
                null);
    }

    /** An agent alone in its process. Ends by itself when its parent is gone, and after a minute in any case. */
    static final class Lone {

        private Lone() {}

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            Path pki = directory.resolve("pki");
            TlsKeys tls = new TlsKeys(
                    "tls",
                    new TlsFiles(
                            pki.resolve("h1.p12"), pki.resolve("trust.p12"), SecretFile.of(pki.resolve("password"))),
                    SecretReader.ofCommand(Map.of()));
            try (SimulatedStorage storage = new SimulatedStorage(Duration.ofSeconds(1));
                    AgentJournal journal = AgentJournal.open(directory.resolve("state"));
                    Agent agent = new Agent(
                            AgentFixtures.H1,
                            "boot-1",
                            new SimulatedHypervisor(AgentFixtures.H1, storage),
                            journal,
                            AgentFixtures.settings(Path.of("/srv/shared"), "test:///default"),
                            Clock.systemUTC())) {
                agent.start();
                try (GrpcAgentServer server = new GrpcAgentServer(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        tls,
                        agent,
                        new Remedies(agent::describe, Map.of()),
                        new DiskLooks(Path.of("/srv/shared"), "instances", 1),
                        RawSlots.NONE,
                        Processors.UNKNOWN)) {
                    server.start();
                    System.out.println("port " + server.port());
                    ProcessHandle.current().parent().ifPresent(parent -> {
                        try {
                            ProcessHandle ended = parent.onExit().get(60, TimeUnit.SECONDS);
                            System.err.println(ended + " ended");
                        } catch (Exception e) {
                            System.err.println("the minute is over: " + e);
                        }
                    });
                }
            }
        }
    }
}
