package io.holdfast.membership.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.TestPki;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SecretFile;
import io.holdfast.model.SegmentId;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every branch over real sockets. The agent's port listens in each test, unless the test says otherwise. */
@Timeout(120)
class SupervisedHostProbeTest {

    /** Patient, where an answer is expected: this machine may be busy. */
    private static final Duration PATIENT = Duration.ofSeconds(30);

    private static final Duration SHORT = Duration.ofMillis(400);

    /** What a busy machine may take beyond a deadline. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    @TempDir
    static Path directory;

    private static TlsKeys ours;
    private static TlsKeys foreign;

    private final List<AutoCloseable> closing = new ArrayList<>();
    /** Ends what others say slowly. */
    private final CountDownLatch over = new CountDownLatch(1);

    private final SupervisedHostProbe probe = new SupervisedHostProbe(ours);
    private ServerSocket agent;

    @BeforeAll
    static void makeCertificates() throws Exception {
        ours = TestPki.create(directory.resolve("ours"));
        foreign = TestPki.create(directory.resolve("foreign"));
        // The first conversation of a process takes long, which would be counted to the first test's deadline.
        try (SupervisorVoice voice = listen(ours, "h1", true, PATIENT)) {
            voice.start();
            var _ = SupervisorCall.ask(voice.address(), HostId.of("h1"), new TlsIdentity(ours).context(), PATIENT);
        }
    }

    @BeforeEach
    void anAgentListens() throws IOException {
        agent = closed(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    }

    @AfterEach
    void close() throws Exception {
        over.countDown();
        for (AutoCloseable one : closing.reversed()) {
            one.close();
        }
    }

    @Test
    void aSupervisorWhoseAgentRunsHasAnswered() throws IOException {
        assertThat(call(voice(ours, "h1", true), PATIENT)).isEqualTo(Reachability.ANSWERED);
    }

    @Test
    void aSupervisorWhoseAgentIsDownSaysWhatARefusalWouldSay() throws IOException {
        assertThat(call(voice(ours, "h1", false), PATIENT)).isEqualTo(Reachability.REFUSED);
    }

    @Test
    void aHostWithoutASupervisorIsCalledAtItsAgentsPort() throws IOException {
        assertThat(call(0, PATIENT)).isEqualTo(Reachability.ACCEPTED);
        agent.close();
        assertThat(call(0, PATIENT)).isEqualTo(Reachability.REFUSED);
    }

    @Test
    void aRefusalAtTheSupervisorsPortIsNoneOfTheAgents() throws IOException {
        int port = freePort();
        assertThat(call(port, PATIENT)).isEqualTo(Reachability.ACCEPTED);
        agent.close();
        assertThat(call(port, PATIENT)).isEqualTo(Reachability.REFUSED);
    }

    /** A packet filter that knows only the agent's port must not make a living host look dead. */
    @Test
    void silenceAtTheSupervisorsPortAloneIsNotTheHosts() throws IOException {
        int silent = silentPort();
        assertThat(call(silent, SHORT)).isEqualTo(Reachability.ACCEPTED);
        agent.close();
        assertThat(call(silent, SHORT)).isEqualTo(Reachability.REFUSED);
    }

    @Test
    void aHostThatIsSilentAtBothPortsIsSilentAndOneDeadlineHoldsForBoth() throws IOException {
        int one = silentPort();
        int other = silentPort();
        long asked = System.nanoTime();
        assertThat(probe.call(at(other, one), SHORT)).isEqualTo(Reachability.SILENT);
        assertTook(asked, SHORT);
    }

    /** What a hung host is: the kernel accepts, nobody takes the connection from it. */
    @Test
    void aListeningSocketThatNobodyServesIsMute() throws IOException {
        ServerSocket frozen = closed(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        long asked = System.nanoTime();
        assertThat(call(frozen.getLocalPort(), SHORT)).isEqualTo(Reachability.MUTE);
        assertTook(asked, SHORT);
    }

    /** A supervisor that hangs alone: the agent has died, and the kernel has closed its port, which nobody does on a hung host. */
    @Test
    void aSupervisorThatIsMuteBesideAClosedAgentDoesNotMakeTheHostLookHung() throws IOException {
        ServerSocket hangs = closed(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        agent.close();
        long asked = System.nanoTime();
        assertThat(call(hangs.getLocalPort(), SHORT)).isEqualTo(Reachability.REFUSED);
        assertTook(asked, SHORT.dividedBy(4).multipliedBy(3));
    }

    /** A hung host is called so often that the agent's backlog is full. */
    @Test
    void aMuteHostWhoseAgentsPortIsFullIsMute() throws IOException {
        ServerSocket hangs = closed(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        assertThat(probe.call(at(silentPort(), hangs.getLocalPort()), SHORT)).isEqualTo(Reachability.MUTE);
    }

    @Test
    void aStoppedSupervisorIsMuteAndAnswersAgainWhenItGoesOn() throws Exception {
        Process voice = closedProcess(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        VoiceProcess.class.getName(),
                        directory.resolve("ours").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        int port = Integer.parseInt(
                new BufferedReader(new InputStreamReader(voice.getInputStream(), StandardCharsets.UTF_8)).readLine());
        assertThat(call(port, PATIENT)).isEqualTo(Reachability.ANSWERED);

        signal(voice, "STOP");
        // On a busy machine we may be too late ourselves, which says nothing about anybody; then we ask again.
        for (int asked = 0; asked < 2; asked++) {
            assertThat(await().atMost(PATIENT).until(() -> call(port, SHORT), said -> said != Reachability.UNKNOWN))
                    .isEqualTo(Reachability.MUTE);
        }

        signal(voice, "CONT");
        await().atMost(PATIENT)
                .untilAsserted(() -> assertThat(call(port, PATIENT)).isEqualTo(Reachability.ANSWERED));
    }

    @Test
    void whoClosesWithoutAWordIsSomebody() throws IOException {
        int port = serving(Socket::close);
        assertThat(call(port, PATIENT)).isEqualTo(Reachability.ACCEPTED);
    }

    @Test
    void whoResetsIsSomebody() throws IOException {
        int port = serving(caller -> {
            caller.setSoLinger(true, 0);
            caller.close();
        });
        assertThat(call(port, PATIENT)).isEqualTo(Reachability.ACCEPTED);
    }

    @Test
    void whoSaysSomethingElseThanTlsIsSomebody() throws IOException {
        int port = serving(caller -> {
            caller.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            caller.close();
        });
        assertThat(call(port, PATIENT)).isEqualTo(Reachability.ACCEPTED);
    }

    /** It has begun to speak, so something runs there; and it does not hold us beyond the deadline. */
    @Test
    void whoDripsBytesIsSomebodyAndTheDeadlineHolds() throws IOException {
        int port = serving(caller -> {
            OutputStream out = caller.getOutputStream();
            byte[] record = {22, 3, 3, 64, 0};
            for (int i = 0; i < 600; i++) {
                out.write(i < record.length ? record[i] : 0);
                out.flush();
                if (over.await(50, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        });
        long asked = System.nanoTime();
        assertThat(call(port, Duration.ofSeconds(2))).isEqualTo(Reachability.ACCEPTED);
        assertTook(asked, Duration.ofSeconds(2));
    }

    @Test
    void whoHasACertificateOfAnotherAuthorityIsSomebody() throws IOException {
        assertThat(call(voice(foreign, "h1", false), PATIENT)).isEqualTo(Reachability.ACCEPTED);
    }

    @Test
    void whoSaysSomethingElseInGoodTlsIsSomebody() throws Exception {
        SSLServerSocket server = closed((SSLServerSocket) new TlsIdentity(ours)
                .context()
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        answering(server, caller -> {
            caller.getOutputStream().write("good evening\n".getBytes(StandardCharsets.US_ASCII));
            caller.close();
        });
        assertThat(call(server.getLocalPort(), PATIENT)).isEqualTo(Reachability.ACCEPTED);
    }

    @Test
    void theSupervisorOfAnotherHostIsSomebody() throws IOException {
        assertThat(call(voice(ours, "h2", false), PATIENT)).isEqualTo(Reachability.ACCEPTED);
    }

    @Test
    void aCertificateOfAnotherHostIsNotBelieved() throws IOException {
        HostRegistration other = new HostRegistration(
                        HostId.of("h2"),
                        SegmentId.of("default"),
                        "zone",
                        "boot",
                        "session",
                        "127.0.0.1",
                        agent.getLocalPort(),
                        new Resources(1, 1, 1))
                .supervisedAt(voice(ours, "h2", false));
        assertThat(probe.call(other, PATIENT)).isEqualTo(Reachability.ACCEPTED);
    }

    @Test
    void whoeverHasNoCertificateOfOursIsToldNothing() throws IOException {
        int port = voice(ours, "h1", true);
        assertThat(new SupervisedHostProbe(foreign).call(at(agent.getLocalPort(), port), PATIENT))
                .isEqualTo(Reachability.ACCEPTED);
    }

    @Test
    void whoCannotReadItsOwnCertificateAsksTheOldWay() throws IOException {
        TlsKeys none = new TlsKeys(
                "tls",
                new TlsFiles(
                        directory.resolve("none.p12"),
                        directory.resolve("none.p12"),
                        SecretFile.of(directory.resolve("ours/password"))),
                SecretReader.ofCommand(Map.of()));
        SupervisedHostProbe blind = new SupervisedHostProbe(none);
        int port = voice(ours, "h1", false);
        assertThat(blind.call(at(agent.getLocalPort(), port), PATIENT)).isEqualTo(Reachability.ACCEPTED);
        agent.close();
        assertThat(blind.call(at(agent.getLocalPort(), port), PATIENT)).isEqualTo(Reachability.REFUSED);
    }

    /** Our own delay must not be taken for the other end's: a late controller would call everybody hung. */
    @Test
    void whoListensTooLateHasHeardNothingThatMeansAnything() throws Exception {
        ServerSocket frozen = closed(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        try (LimitedSocket socket = new LimitedSocket()) {
            socket.limit(SHORT);
            socket.connect(frozen.getLocalSocketAddress());
            socket.limit(Duration.ofMillis(20));
            assertThat(SupervisorCall.over(
                            socket, HostId.of("h1"), new TlsIdentity(ours).context(), SHORT.dividedBy(4)))
                    .isEqualTo(new SupervisorCall.Outcome.TooLate());
        }
    }

    @Test
    void whatWaitsToBeReadWhenTheTimeIsUpWasHeard() throws Exception {
        int port = serving(caller -> {
            caller.getOutputStream().write(22);
            caller.getOutputStream().flush();
            over.await();
        });
        try (LimitedSocket socket = new LimitedSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            long until = System.nanoTime() + PATIENT.toNanos();
            while (socket.getInputStream().available() == 0 && System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            assertThat(socket.stayedSilent()).isFalse();
        }
    }

    @Test
    void aNameThatCannotBeResolvedSaysNothingOfTheHost() {
        HostRegistration nowhere = new HostRegistration(
                        HostId.of("h1"),
                        SegmentId.of("default"),
                        "zone",
                        "boot",
                        "session",
                        "nobody.invalid",
                        1,
                        new Resources(1, 1, 1))
                .supervisedAt(2);
        assertThat(probe.call(nowhere, PATIENT)).isEqualTo(Reachability.UNKNOWN);
    }

    /** Connections that say nothing: as many as there may be, and one that has to wait for none of them. */
    @Test
    void whoSaysNothingDoesNotHoldUpTheNextOne() throws IOException {
        int port = voice(ours, "h1", true);
        for (int i = 0; i < VOICES - 1; i++) {
            closed(new Socket(InetAddress.getLoopbackAddress(), port));
        }
        assertThat(call(port, PATIENT)).isEqualTo(Reachability.ANSWERED);
    }

    @Test
    void oneTooManyIsClosedAtOnceAndTheirTimeIsLimited() throws Exception {
        int port = voice(ours, "h1", true, Duration.ofSeconds(2));
        List<Socket> mute = new ArrayList<>();
        for (int i = 0; i < VOICES; i++) {
            mute.add(closed(new Socket(InetAddress.getLoopbackAddress(), port)));
        }
        long asked = System.nanoTime();
        assertThat(call(port, PATIENT)).isEqualTo(Reachability.ACCEPTED);
        assertTook(asked, SHORT);
        for (Socket one : mute) {
            one.setSoTimeout(Math.toIntExact(PATIENT.toMillis()));
            // A word of TLS, that its time is up, and then the end.
            assertThat(one.getInputStream().readAllBytes().length)
                    .as("closed by the supervisor")
                    .isLessThan(100);
        }
        await().atMost(PATIENT)
                .untilAsserted(() -> assertThat(call(port, PATIENT)).isEqualTo(Reachability.ANSWERED));
    }

    @Test
    void aRenewedCertificateIsTakenUpAndABrokenOneDoesNotTakeTheOldOneAway() throws Exception {
        Path renewed = directory.resolve("renewed");
        TlsKeys files = TestPki.create(renewed);
        TlsIdentity identity = new TlsIdentity(files);
        var before = identity.context();
        assertThat(identity.context()).isSameAs(before);
        byte[] good = Files.readAllBytes(files.keyStore());

        Files.writeString(files.keyStore(), "broken");
        touch(files.keyStore(), 1);
        assertThat(identity.context()).isSameAs(before);

        Files.write(files.keyStore(), good);
        touch(files.keyStore(), 2);
        assertThat(identity.context()).isNotSameAs(before);
    }

    private static final int VOICES = 4;

    private int voice(TlsKeys tls, String host, boolean agentRuns) throws IOException {
        return voice(tls, host, agentRuns, PATIENT);
    }

    private int voice(TlsKeys tls, String host, boolean agentRuns, Duration limit) throws IOException {
        SupervisorVoice voice = closed(listen(tls, host, agentRuns, limit));
        voice.start();
        return voice.address().getPort();
    }

    private static SupervisorVoice listen(TlsKeys tls, String host, boolean agentRuns, Duration limit)
            throws IOException {
        return SupervisorVoice.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new TlsIdentity(tls),
                () -> new SupervisorAnswer(HostId.of(host), agentRuns),
                VOICES,
                limit);
    }

    private Reachability call(int supervisorPort, Duration deadline) {
        return probe.call(at(agent.getLocalPort(), supervisorPort), deadline);
    }

    private static HostRegistration at(int agentPort, int supervisorPort) {
        return new HostRegistration(
                        HostId.of("h1"),
                        SegmentId.of("default"),
                        "zone",
                        "boot",
                        "session",
                        "127.0.0.1",
                        agentPort,
                        new Resources(1, 1, 1))
                .supervisedAt(supervisorPort);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** A full backlog on Linux: the kernel drops what comes, and nothing is answered. */
    private int silentPort() throws IOException {
        ServerSocket full = closed(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        for (int i = 0; i < 20; i++) {
            Socket one = closed(new Socket());
            try {
                one.connect(full.getLocalSocketAddress(), 100);
            } catch (IOException dropped) {
                return full.getLocalPort();
            }
        }
        throw new AssertionError("the backlog was never full");
    }

    private int serving(Conversation conversation) throws IOException {
        ServerSocket server = closed(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        answering(server, conversation);
        return server.getLocalPort();
    }

    private static void answering(ServerSocket server, Conversation conversation) {
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try (Socket caller = server.accept()) {
                    conversation.with(caller);
                } catch (IOException | InterruptedException ended) {
                    // The caller has gone, or the test is over.
                }
            }
        });
    }

    private static void assertTook(long sinceNanos, Duration atMost) {
        assertThat(Duration.ofNanos(System.nanoTime() - sinceNanos)).isLessThan(atMost.plus(SLACK));
    }

    private static void signal(Process process, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static void touch(Path file, int secondsLater) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(secondsLater)));
    }

    private <T extends AutoCloseable> T closed(T one) {
        closing.add(one);
        return one;
    }

    private Process closedProcess(Process process) {
        closing.add(process::destroyForcibly);
        return process;
    }

    private interface Conversation {
        void with(Socket caller) throws IOException, InterruptedException;
    }
}
