package io.holdfast.compute.grpc;

import static io.holdfast.compute.agent.AgentFixtures.H1;
import static io.holdfast.compute.agent.AgentFixtures.adopt;
import static io.holdfast.compute.agent.AgentFixtures.instance;
import static io.holdfast.compute.agent.AgentFixtures.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.DiskSight;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.Remedy;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.compute.SlotsAnswer;
import io.holdfast.compute.agent.Agent;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.compute.agent.AgentJournal;
import io.holdfast.compute.agent.DiskLooks;
import io.holdfast.compute.agent.DiskLooksFixture;
import io.holdfast.compute.agent.RawSlots;
import io.holdfast.compute.agent.Remedies;
import io.holdfast.compute.grpc.v1.ApplyRequest;
import io.holdfast.compute.grpc.v1.DescribeRequest;
import io.holdfast.compute.grpc.v1.HostAgentGrpc;
import io.holdfast.compute.grpc.v1.LookRequest;
import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SecretFile;
import io.holdfast.model.SegmentId;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrpcContractTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    @TempDir
    static Path pki;

    private static TlsKeys controller;
    private static TlsKeys operator;
    private static TlsKeys hostCertificate;
    private static TlsKeys foreignController;

    @TempDir
    Path state;

    @TempDir
    Path shared;

    private final SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(50));
    private final SimulatedHypervisor hypervisor = new SimulatedHypervisor(H1, storage);
    private volatile OptionalInt busy = OptionalInt.empty();
    private final List<String> links = new CopyOnWriteArrayList<>();
    private final List<Duration> patience = new CopyOnWriteArrayList<>();
    private RemedyAnswer outcome = new RemedyAnswer.Done("done in 7 ms");
    private Map<Remedy, Remedies.Work> works = Map.of(Remedy.RESTART_LIBVIRT, waits -> {
        patience.add(waits);
        return outcome;
    });
    private AgentJournal journal;
    private Agent agent;
    private DiskLooks disks;
    private volatile RawSlots slots = RawSlots.NONE;
    private GrpcAgentServer server;
    private GrpcHostAgents agents;

    @BeforeAll
    static void makeCertificates() throws Exception {
        TestPki authority = new TestPki(pki.resolve("ours"));
        controller = authority.issue("controller", "CN=c1,OU=controller");
        operator = authority.issue("operator", "CN=OU\\=controller,OU=agent");
        hostCertificate = authority.issue("h1", "CN=h1,OU=agent", "dns:h1");
        TestPki foreign = new TestPki(pki.resolve("foreign"));
        foreignController = authority.trusting(foreign.issue("controller", "CN=c1,OU=controller"));
    }

    @BeforeEach
    void start() throws Exception {
        journal = AgentJournal.open(state);
        agent = new Agent(
                H1,
                "boot-1",
                hypervisor,
                journal,
                AgentFixtures.settings(Path.of("/srv/shared"), "test:///default"),
                Clock.systemUTC());
        agent.start();
        disks = new DiskLooks(shared, "instances", 1);
        server = serve(0);
        agents = new GrpcHostAgents(controller, new LinkListener() {
            @Override
            public void changed(HostId host, boolean connected, String trouble) {
                links.add(host + " " + connected + " " + trouble);
            }

            @Override
            public void busy(HostId host, int percent) {
                links.add(host + " busy " + percent);
            }
        });
    }

    @AfterEach
    void end() throws Exception {
        agents.close();
        server.close();
        disks.close();
        agent.close();
        journal.close();
        storage.close();
    }

    private GrpcAgentServer serve(int port) throws Exception {
        GrpcAgentServer started = new GrpcAgentServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                hostCertificate,
                agent,
                new Remedies(agent::describe, works),
                disks,
                () -> slots.read(),
                () -> busy);
        started.start();
        return started;
    }

    private static ComputeHost host(String name, int port) {
        return host(name, "127.0.0.1", port);
    }

    private static ComputeHost host(String name, @Nullable String address, int port) {
        Instant now = Instant.now();
        return new ComputeHost(
                HostId.of(name),
                UUID.randomUUID(),
                SegmentId.of("s1"),
                "nova",
                HostState.SERVING,
                HostEpoch.ZERO,
                Incarnation.of(1),
                "boot-1",
                true,
                null,
                false,
                address,
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

    @Test
    void ordersArriveAndAnswersComeBack() {
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.apply(h1, order(1, 1, InstanceGoal.RUNNING), DEADLINE))
                .isInstanceOf(AgentAnswer.Refused.class);
        assertThat(agents.adopt(h1, adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        AgentAnswer answer = agents.apply(h1, order(1, 2, InstanceGoal.RUNNING), DEADLINE);
        assertThat(((AgentAnswer.Accepted) answer).reports())
                .extracting(InstanceReport::actual)
                .containsExactly(ActualState.RUNNING);
        assertThat(agents.apply(h1, order(1, 1, InstanceGoal.RUNNING), DEADLINE))
                .isInstanceOf(AgentAnswer.Stale.class);
        hypervisor.plant(instance(9), io.holdfast.model.Generation.of(4));
        AgentAnswer adopted = agents.adopt(h1, adopt(order(1, 2, InstanceGoal.RUNNING)), DEADLINE);
        assertThat(((AgentAnswer.Accepted) adopted).destroyed()).containsExactly(instance(9));
    }

    @Test
    void theEndOfAConsoleArrivesOrWhyItDoesNot() {
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.adopt(h1, adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(agents.console(h1, instance(1), 1000, DEADLINE)).isEqualTo(new ConsoleAnswer.Written(""));
        assertThat(agents.apply(h1, order(1, 2, InstanceGoal.RUNNING), DEADLINE))
                .isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(agents.console(h1, instance(1), 1000, DEADLINE))
                .isEqualTo(new ConsoleAnswer.Written("simulated guest at generation 2\n"));
        assertThat(agents.console(h1, instance(1), 3, DEADLINE)).isEqualTo(new ConsoleAnswer.Written(" 2\n"));
        assertThat(agents.console(host("h2", server.port()), instance(1), 3, DEADLINE))
                .isInstanceOf(ConsoleAnswer.Unknown.class);
        hypervisor.loseDaemon("it is away");
        assertThat(agents.console(h1, instance(1), 3, DEADLINE)).isInstanceOf(ConsoleAnswer.Unknown.class);
    }

    @Test
    void theFiguresOfAGuestArriveOrWhyTheyDoNot() {
        ComputeHost h1 = host("h1", server.port());
        agents.adopt(h1, adopt(), DEADLINE);
        assertThat(agents.diagnose(h1, instance(1), DEADLINE)).isInstanceOf(DiagnosticsAnswer.Unknown.class);
        agents.apply(h1, order(1, 2, InstanceGoal.RUNNING), DEADLINE);
        agents.apply(h1, order(1, 2, InstanceGoal.PAUSED), DEADLINE);
        assertThat(agents.diagnose(h1, instance(1), DEADLINE))
                .isInstanceOfSatisfying(
                        DiagnosticsAnswer.Known.class,
                        known -> assertThat(known.figures().state()).isEqualTo("paused"));
        assertThat(agents.diagnose(host("h2", server.port()), instance(1), DEADLINE))
                .isInstanceOf(DiagnosticsAnswer.Unknown.class);
    }

    @Test
    void everyFigureKeepsItsPlaceOnTheWire() {
        Diagnostics figures = new Diagnostics(
                "running",
                "kvm",
                List.of(1L, 2L),
                3,
                Diagnostics.UNKNOWN,
                List.of(new Diagnostics.Disk("vda", 4, 5, 6, 7, 8)),
                List.of(new Diagnostics.Card("tap1", "fa:16:3e:00:00:01", 9, 10, 11, 12, 13, 14, 15, 16)));
        assertThat(FiguresWire.read(FiguresWire.write(figures))).isEqualTo(new DiagnosticsAnswer.Known(figures));
    }

    @Test
    void heldInstancesAreOrderedAndReportedOverTheWire() {
        ComputeHost h1 = host("h1", server.port());
        agents.adopt(h1, adopt(), DEADLINE);
        agents.apply(h1, order(1, 2, InstanceGoal.RUNNING), DEADLINE);
        assertReported(agents.apply(h1, order(1, 2, InstanceGoal.PAUSED), DEADLINE), ActualState.PAUSED);
        assertReported(agents.apply(h1, order(1, 2, InstanceGoal.RUNNING), DEADLINE), ActualState.RUNNING);
        assertReported(agents.apply(h1, order(1, 2, InstanceGoal.SUSPENDED), DEADLINE), ActualState.SUSPENDED);
        assertReported(agents.apply(h1, order(1, 2, InstanceGoal.RUNNING), DEADLINE), ActualState.RUNNING);
        assertThat(hypervisor.wentOn(instance(1))).isTrue();
    }

    private static void assertReported(AgentAnswer answer, ActualState actual) {
        assertThat(answer)
                .isInstanceOfSatisfying(
                        AgentAnswer.Accepted.class,
                        accepted -> assertThat(accepted.reports())
                                .extracting(InstanceReport::actual)
                                .containsExactly(actual));
    }

    private static RemedyOrder remedy(String host, long epoch, long leader, String boot) {
        return new RemedyOrder(
                HostId.of(host),
                HostEpoch.of(epoch),
                LeaderEpoch.of(leader),
                boot,
                Remedy.RESTART_LIBVIRT,
                "libvirt does not answer");
    }

    @Test
    void aRemedyIsDoneAndEveryOutcomeOfItComesBack() {
        ComputeHost h1 = host("h1", server.port());
        for (RemedyAnswer each : List.of(
                new RemedyAnswer.Done("done in 7 ms"),
                new RemedyAnswer.Failed("it ended with code 3"),
                new RemedyAnswer.Refused("3 times within 600 s"),
                new RemedyAnswer.NoAnswer("still under way"))) {
            outcome = each;
            assertThat(agents.mend(h1, remedy("h1", 0, 1, "boot-1"), DEADLINE)).isEqualTo(each);
        }
        assertThat(patience).hasSize(4).allSatisfy(waited -> assertThat(waited).isLessThan(DEADLINE));
    }

    @Test
    void aRemedyForAnotherLifeOrOfAnOlderControllerIsNotDone() {
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.mend(h1, remedy("h2", 0, 1, "boot-1"), DEADLINE))
                .isEqualTo(new RemedyAnswer.Refused("this is host h1, the order is for h2"));
        assertThat(agents.mend(h1, remedy("h1", 0, 1, "boot-0"), DEADLINE)).isInstanceOf(RemedyAnswer.Stale.class);
        assertThat(patience).isEmpty();

        // A host whose hypervisor hangs cannot be adopted at its new epoch, and is mended all the same.
        assertThat(agents.mend(h1, remedy("h1", 1, 5, "boot-1"), DEADLINE)).isInstanceOf(RemedyAnswer.Done.class);
        assertThat(agents.mend(h1, remedy("h1", 1, 4, "boot-1"), DEADLINE))
                .isEqualTo(new RemedyAnswer.Stale("leader 4 was followed by leader 5"));
        assertThat(agents.adopt(
                        h1,
                        new io.holdfast.compute.AdoptOrder(
                                H1, HostEpoch.of(2), Incarnation.of(1), "boot-1", 1, LeaderEpoch.of(6), List.of()),
                        DEADLINE))
                .isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(agents.mend(h1, remedy("h1", 1, 6, "boot-1"), DEADLINE)).isInstanceOf(RemedyAnswer.Stale.class);
        assertThat(agents.mend(h1, remedy("h1", 2, 5, "boot-1"), DEADLINE)).isInstanceOf(RemedyAnswer.Stale.class);
        assertThat(patience).hasSize(1);
    }

    @Test
    void aRemedyThatTheAgentDoesNotKnowIsRefused() throws Exception {
        works = Map.of();
        server.close();
        server = serve(0);
        assertThat(agents.mend(host("h1", server.port()), remedy("h1", 0, 1, "boot-1"), DEADLINE))
                .isInstanceOfSatisfying(
                        RemedyAnswer.Refused.class,
                        refused -> assertThat(refused.reason()).contains("no way to do RESTART_LIBVIRT"));
    }

    @Test
    void nobodyButAControllerMayAskForARemedy() {
        try (GrpcHostAgents wrong = new GrpcHostAgents(operator, (host, connected, trouble) -> {})) {
            assertThat(wrong.mend(host("h1", server.port()), remedy("h1", 0, 1, "boot-1"), DEADLINE))
                    .isInstanceOfSatisfying(
                            RemedyAnswer.Refused.class,
                            refused -> assertThat(refused.reason()).contains("OU=controller"));
        }
        assertThat(agents.mend(host("h1", null, 0), remedy("h1", 0, 1, "boot-1"), DEADLINE))
                .isInstanceOf(RemedyAnswer.NoAnswer.class);
        assertThat(patience).isEmpty();
    }

    private static DiskLook look(String... names) {
        return new DiskLook(List.of(names), Duration.ofMillis(200));
    }

    private Path disk(String name) throws Exception {
        Path disk = shared.resolve(name);
        Files.createDirectories(disk.getParent());
        return Files.writeString(disk, "0");
    }

    @Test
    void disksAreLookedAtAndWhatWasSeenOfEachComesBack() throws Exception {
        disk("instances/quiet/disk.qcow2");
        Path written = disk("instances/busy/disk.qcow2");
        Thread guest = Thread.ofVirtual().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    Files.writeString(written, "1");
                } catch (IOException e) {
                    return; // interrupted in the middle of it
                }
            }
        });
        DiskLookAnswer answer = agents.look(
                host("h1", server.port()),
                look("instances/quiet/disk.qcow2", "instances/busy/disk.qcow2", "instances/none/disk.qcow2"),
                DEADLINE);
        guest.interrupt();
        guest.join();
        assertThat(answer)
                .isEqualTo(new DiskLookAnswer.Looked(List.of(
                        new DiskSight("instances/quiet/disk.qcow2", DiskSight.Seen.UNCHANGED, ""),
                        new DiskSight("instances/busy/disk.qcow2", DiskSight.Seen.WRITTEN, ""),
                        DiskSight.unseen("instances/none/disk.qcow2", "there is no such file"))));
    }

    @Test
    void aLookThatLeadsElsewhereIsForAnotherHostOrIsNotAControllersIsRefused() throws Exception {
        disk("instances/quiet/disk.qcow2");
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.look(h1, look("instances/quiet/disk.qcow2", "instances/../images/secret"), DEADLINE))
                .isInstanceOfSatisfying(
                        DiskLookAnswer.Unknown.class,
                        unknown -> assertThat(unknown.reason())
                                .contains("'instances/../images/secret' is no file in the directory"));
        try (GrpcHostAgents wrong = new GrpcHostAgents(operator, (host, connected, trouble) -> {})) {
            assertThat(wrong.look(h1, look("instances/quiet/disk.qcow2"), DEADLINE))
                    .isInstanceOfSatisfying(
                            DiskLookAnswer.Unknown.class,
                            unknown -> assertThat(unknown.reason()).contains("OU=controller"));
        }
        assertThat(agents.look(host("h1", null, 0), look("instances/quiet/disk.qcow2"), DEADLINE))
                .isInstanceOf(DiskLookAnswer.Unknown.class);
    }

    /** Whoever speaks past our own client, or a defect of it. */
    @Test
    void whatNoLookMayAskIsRefusedBeforeAnythingIsTouched() throws Exception {
        var channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .overrideAuthority("h1")
                .sslContext(TlsContexts.client(controller))
                .build();
        try {
            var stub = HostAgentGrpc.newBlockingStub(channel).withDeadlineAfter(5, TimeUnit.SECONDS);
            LookRequest.Builder sound = LookRequest.newBuilder()
                    .setProtocolVersion(Wire.VERSION)
                    .setHost("h1")
                    .addDisks("instances/a")
                    .setApartMillis(100);
            for (LookRequest wrong : List.of(
                    sound.clone().clearDisks().build(),
                    sound.clone().setApartMillis(-1).build(),
                    sound.clone().setApartMillis(60_000).build(),
                    sound.clone().setHost("h2").build(),
                    sound.clone().addDisks("/etc/shadow").build(),
                    sound.clone().addDisks("a\0b").build(),
                    sound.clone()
                            .addAllDisks(java.util.Collections.nCopies(DiskLook.DISKS_MAX, "instances/a"))
                            .build())) {
                assertThatExceptionOfType(StatusRuntimeException.class)
                        .isThrownBy(() -> stub.look(wrong))
                        .satisfies(e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
            }
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> stub.look(
                            sound.clone().setProtocolVersion(Wire.VERSION + 1).build()))
                    .satisfies(e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
            assertThat(stub.look(sound.build()).getDisksList()).hasSize(1);
        } finally {
            channel.shutdownNow();
        }
    }

    /** What an agent of an earlier release says to a call that it does not know. */
    @Test
    void anAgentThatDoesNotKnowLooksLeavesThemUnknown() throws Exception {
        var old = io.grpc.netty.NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sslContext(TlsContexts.server(hostCertificate))
                .addService(new HostAgentGrpc.HostAgentImplBase() {})
                .build()
                .start();
        try {
            assertThat(agents.look(host("h1", old.getPort()), look("instances/a"), DEADLINE))
                    .isInstanceOfSatisfying(
                            DiskLookAnswer.Unknown.class,
                            unknown -> assertThat(unknown.reason()).contains("is unimplemented"));
            assertThat(agents.slots(host("h1", old.getPort()), DEADLINE))
                    .isInstanceOfSatisfying(
                            SlotsAnswer.Unknown.class,
                            unknown -> assertThat(unknown.reason()).contains("is unimplemented"));
        } finally {
            old.shutdownNow();
        }
    }

    @Test
    void aStalledStorageIsNotSeenWithinTheDeadlineAndHoldsUpNoOtherCall() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        server.close();
        disks.close();
        disks = DiskLooksFixture.stalling(shared, stalled);
        server = serve(0);
        ComputeHost h1 = host("h1", server.port());
        try {
            assertThat(agents.prepare(h1, DEADLINE)).isTrue();
            for (int i = 0; i < 3; i++) {
                long began = System.nanoTime();
                assertThat(agents.look(h1, look("instances/a"), Duration.ofSeconds(3)))
                        .isInstanceOfSatisfying(
                                DiskLookAnswer.Looked.class,
                                looked -> assertThat(looked.disks())
                                        .singleElement()
                                        .satisfies(
                                                disk -> assertThat(disk.seen()).isEqualTo(DiskSight.Seen.UNSEEN)));
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
            }
            assertThat(agents.adopt(h1, adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        } finally {
            stalled.countDown();
        }
    }

    @Test
    void anAgentThatDoesNotAnswerALookLeavesItUnknown() throws Exception {
        try (ServerSocket frozen = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            assertThat(agents.look(host("h1", frozen.getLocalPort()), look("instances/a"), Duration.ofMillis(500)))
                    .isInstanceOfSatisfying(
                            DiskLookAnswer.Unknown.class,
                            unknown -> assertThat(unknown.reason()).contains("did not answer within"));
        }
    }

    @Test
    void theSlotDeviceComesAsItWasRead() throws Exception {
        // The largest that there is: 255 slots.
        byte[] device = new byte[(255 * 4 + 1) * 4096];
        for (int i = 0; i < device.length; i += 97) {
            device[i] = (byte) i;
        }
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.slots(h1, DEADLINE))
                .isEqualTo(new SlotsAnswer.Unknown(
                        "its slot device cannot be read: this agent has no slot device (self-fence.slot)"));
        slots = () -> ByteBuffer.wrap(device);
        assertThat(agents.slots(h1, DEADLINE)).isEqualTo(new SlotsAnswer.Read(ByteBuffer.wrap(device)));
        try (GrpcHostAgents wrong = new GrpcHostAgents(operator, (host, connected, trouble) -> {})) {
            assertThat(wrong.slots(h1, DEADLINE))
                    .isInstanceOfSatisfying(
                            SlotsAnswer.Unknown.class,
                            unknown -> assertThat(unknown.reason()).contains("OU=controller"));
        }
        assertThat(agents.slots(host("h1", null, 0), DEADLINE)).isInstanceOf(SlotsAnswer.Unknown.class);
    }

    @Test
    void refusesACertificateThatIsNotAControllers() {
        try (GrpcHostAgents wrong = new GrpcHostAgents(operator, (host, connected, trouble) -> {})) {
            AgentAnswer answer = wrong.adopt(host("h1", server.port()), adopt(), DEADLINE);
            assertThat(answer).isInstanceOf(AgentAnswer.Refused.class);
            assertThat(((AgentAnswer.Refused) answer).reason()).contains("OU=controller");
        }
        assertThat(agent.describe().admitted()).isFalse();
    }

    @Test
    void refusesACertificateOfAnotherAuthority() {
        try (GrpcHostAgents wrong = new GrpcHostAgents(foreignController, (host, connected, trouble) -> {})) {
            assertThat(wrong.adopt(host("h1", server.port()), adopt(), DEADLINE))
                    .isInstanceOf(AgentAnswer.NoAnswer.class);
        }
        assertThat(agent.describe().admitted()).isFalse();
    }

    @Test
    void refusesACallerWithoutCertificate() throws Exception {
        var channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .overrideAuthority("h1")
                .sslContext(io.grpc.netty.GrpcSslContexts.forClient()
                        .trustManager(pem())
                        .build())
                .build();
        try {
            HostAgentGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(5, TimeUnit.SECONDS)
                    .describe(DescribeRequest.getDefaultInstance());
            throw new AssertionError("was let in");
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        } finally {
            channel.shutdownNow();
        }
    }

    private static java.io.InputStream pem() throws Exception {
        byte[] der = java.nio.file.Files.readAllBytes(pki.resolve("ours/ca.crt"));
        String text = "-----BEGIN CERTIFICATE-----\n"
                + java.util.Base64.getMimeEncoder().encodeToString(der) + "\n-----END CERTIFICATE-----\n";
        return new java.io.ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    @Test
    void doesNotTalkToAnAgentWhoseCertificateNamesAnotherHost() {
        assertThat(agents.adopt(host("h2", server.port()), adopt(), DEADLINE)).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(agent.describe().admitted()).isFalse();
    }

    @Test
    void aDeadHostCostsItsDeadlineAndNobodyElses() throws Exception {
        // Accepts connections in the kernel and never says a word, as a frozen host does.
        try (ServerSocket frozen = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            ComputeHost dead = host("h9", frozen.getLocalPort());
            long began = System.nanoTime();
            Thread waiting = Thread.ofVirtual().start(() -> {
                AgentAnswer answer = agents.adopt(dead, adopt(), Duration.ofSeconds(1));
                links.add(answer.getClass().getSimpleName());
            });
            assertThat(agents.adopt(host("h1", server.port()), adopt(), DEADLINE))
                    .isInstanceOf(AgentAnswer.Accepted.class);
            waiting.join();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
            assertThat(links).contains("NoAnswer");
        }
    }

    @Test
    void aRefusedConnectionIsNoAnswerAtOnceAndTheNextCallFindsTheAgentAgain() throws Exception {
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.adopt(h1, adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        int port = server.port();
        server.close();
        long began = System.nanoTime();
        assertThat(agents.adopt(h1, adopt(), DEADLINE)).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        server = serve(port);
        assertThat(agents.adopt(h1, adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
    }

    @Test
    void preparingOpensTheLineAndChangesNothing() {
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.prepare(h1, DEADLINE)).isTrue();
        assertThat(agent.describe().admitted()).isFalse();
        assertThat(agents.adopt(h1, adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
    }

    @Test
    void preparingFailsWithinItsDeadlineAndTheNextCallFindsTheAgent() throws Exception {
        int port;
        try (ServerSocket frozen = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            port = frozen.getLocalPort();
            long began = System.nanoTime();
            assertThat(agents.prepare(host("h1", port), Duration.ofMillis(500))).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
        }
        assertThat(agents.prepare(host("h1", port), DEADLINE))
                .as("nobody listens")
                .isFalse();
        server.close();
        server = serve(port);
        assertThat(agents.adopt(host("h1", port), adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        agents.close();
        assertThat(agents.prepare(host("h1", port), DEADLINE)).as("closed").isFalse();
    }

    @Test
    void preparingFailsWithoutAnAddressAndWithACertificateThatDoesNotFit() throws Exception {
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.prepare(host("h1", null, 0), DEADLINE))
                .as("it has not said where it is")
                .isFalse();
        assertThat(agents.prepare(host("h2", server.port()), DEADLINE))
                .as("the certificate there names another host")
                .isFalse();
        for (TlsKeys wrong : List.of(operator, foreignController, missing())) {
            try (GrpcHostAgents other = new GrpcHostAgents(wrong, (host, connected, trouble) -> {})) {
                assertThat(other.prepare(h1, DEADLINE)).as(wrong.toString()).isFalse();
                assertThat(other.prepare(h1, DEADLINE))
                        .as("and again, on a line of its own")
                        .isFalse();
            }
        }
        assertThat(agents.prepare(h1, DEADLINE)).isTrue();
        assertThat(agent.describe().admitted()).isFalse();
    }

    @Test
    void preparingALineThatBrokeFailsOnceAndOpensANewOne() throws Exception {
        ComputeHost h1 = host("h1", server.port());
        assertThat(agents.prepare(h1, DEADLINE)).isTrue();
        server.close();
        assertThat(agents.prepare(h1, DEADLINE)).isFalse();
        server = serve(h1.port());
        assertThat(agents.prepare(h1, DEADLINE)).isTrue();
    }

    private static TlsKeys missing() {
        Path nowhere = pki.resolve("nowhere");
        return new TlsKeys(
                "tls", new TlsFiles(nowhere, nowhere, SecretFile.of(nowhere)), SecretReader.ofCommand(Map.of()));
    }

    @Test
    void aWatchTellsEverythingThenChangesAndAgainAfterAReconnection() throws Exception {
        ComputeHost h1 = host("h1", server.port());
        agents.adopt(h1, adopt(), DEADLINE);
        agents.apply(h1, order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = agents.watch(h1, heard::add)) {
            assertThat(watch).isNotNull();
            await().until(() -> heard.size() == 1);
            agents.apply(h1, order(2, 1, InstanceGoal.RUNNING), DEADLINE);
            await().until(() -> heard.stream()
                    .anyMatch(r -> r.instance().equals(instance(2)) && r.actual() == ActualState.RUNNING));
            hypervisor.beat(instance(2));
            await().until(() -> heard.stream().anyMatch(r -> r.instance().equals(instance(2)) && r.cameUp()));
            assertThat(heard).noneMatch(r -> r.instance().equals(instance(1)) && r.cameUp());
            assertThat(links)
                    .as("an agent that does not measure says nothing")
                    .noneMatch(link -> link.contains("busy"));
            busy = OptionalInt.of(37);
            await().until(() -> links.contains("h1 busy 37"));
            hypervisor.loseDaemon("libvirtd is gone");
            await().until(() -> links.contains("h1 true libvirtd is gone"));
            hypervisor.restoreDaemon();
            int port = server.port();
            server.close();
            await().until(() -> links.stream().anyMatch(link -> link.startsWith("h1 false")));
            heard.clear();
            server = serve(port);
            await().until(() -> heard.size() == 2);
        }
    }

    @Test
    void aReportOfAnAgentThatKnowsOfNoHeartbeatsSaysThatNothingCameUp() {
        var known = Wire.write(new InstanceReport(
                instance(1),
                io.holdfast.model.Generation.of(1),
                ActualState.RUNNING,
                true,
                "",
                java.time.Instant.EPOCH));
        assertThat(Wire.read(known).cameUp()).isTrue();
        assertThat(Wire.read(known.toBuilder().clearCameUp().build()).cameUp()).isFalse();
        // A state that this side has no word for is UNKNOWN, and nothing unknown has come up.
        assertThat(Wire.read(known.toBuilder().setActualValue(77).build()).cameUp())
                .isFalse();
    }

    @Test
    void whatANewerControllerAddsIsIgnoredAndANewerVersionIsRefused() throws Exception {
        var channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .overrideAuthority("h1")
                .sslContext(TlsContexts.client(controller))
                .build();
        try {
            var stub = HostAgentGrpc.newBlockingStub(channel).withDeadlineAfter(5, TimeUnit.SECONDS);
            var unknown = com.google.protobuf.UnknownFieldSet.newBuilder()
                    .addField(
                            999,
                            com.google.protobuf.UnknownFieldSet.Field.newBuilder()
                                    .addVarint(7)
                                    .build())
                    .build();
            assertThat(stub.adopt(Wire.write(adopt()).toBuilder()
                                    .setUnknownFields(unknown)
                                    .build())
                            .hasAccepted())
                    .isTrue();
            try {
                var _ = stub.apply(
                        ApplyRequest.newBuilder().setProtocolVersion(2).build());
                throw new AssertionError("was taken");
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
            }
            try {
                var _ = stub.apply(ApplyRequest.newBuilder()
                        .setProtocolVersion(1)
                        .setHost("..")
                        .build());
                throw new AssertionError("was taken");
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
        } finally {
            channel.shutdownNow();
        }
    }
}
