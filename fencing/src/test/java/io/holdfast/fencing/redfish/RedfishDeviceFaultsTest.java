package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.FencingSettings.Login;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerOrder.Answer;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.model.PowerState;
import io.holdfast.model.SecretFile;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way in which a conversation can fail, each with its name, over real TLS on loopback. */
@Timeout(120)
class RedfishDeviceFaultsTest {

    /** Generous, because most of these end by themselves. */
    private static final Duration CALL = Duration.ofSeconds(10);

    private static final Duration SHORT = Duration.ofMillis(700);

    @TempDir
    Path directory;

    private Bench bench;

    @BeforeEach
    void start() throws IOException {
        bench = Bench.of(Vendor.PLAIN, "1");
        bench.device().readPower(CALL);
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private void expect(FrontFault fault, Answer answer, String readingBegins, String orderBegins) {
        bench.front().fault(fault);
        expect(bench.device(), answer, readingBegins, orderBegins);
    }

    private static void expect(RedfishDevice device, Answer answer, String readingBegins, String orderBegins) {
        PowerReading reading = device.readPower(CALL);
        PowerOrder order = device.powerOff(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith(readingBegins);
        assertThat(order.detail()).startsWith(orderBegins);
        assertThat(order.answer()).isEqualTo(answer);
    }

    // --- who we are ---

    @ParameterizedTest
    @ValueSource(strings = {"SESSION", "BASIC"})
    void aWrongUserAndAWrongPasswordAreNamedAtOnceAndTriedOnce(String way) {
        Login login = Login.valueOf(way);
        String at = login == Login.SESSION ? "POST /redfish/v1/SessionService/Sessions" : "GET /redfish/v1/Systems";
        for (RedfishDevice device : List.of(
                bench.device("nobody", Bench.PASSWORD, null, login, Bench.pinned()),
                bench.device(Bench.USER, "wrong", null, login, Bench.pinned()))) {
            long before = questions();

            PowerReading reading = device.readPower(CALL);

            assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
            assertThat(reading.detail())
                    .isEqualTo("refused login: 401 to " + at + "; wrong user or password; it says: There is no valid"
                            + " session established with the implementation.");
            assertThat(questions()).isEqualTo(before + 2);
        }
    }

    /** Requests without those that end sessions, which may still come from an earlier call. */
    private long questions() {
        return bench.front().requests().stream()
                .filter(line -> !line.startsWith("DELETE "))
                .count();
    }

    @Test
    void whoMayNotSwitchIsForbidden() {
        bench.front().fault(new FrontFault.Forbidding());

        assertThat(bench.device().readPower(CALL).state()).isEqualTo(PowerState.ON);
        PowerOrder order = bench.device().powerOff(CALL);

        assertThat(order.answer()).isEqualTo(Answer.REFUSED);
        assertThat(order.detail())
                .startsWith(
                        "forbidden: 403 to POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset; it says: There are"
                                + " insufficient privileges");
        assertThat(bench.machine().hasPower()).isTrue();
    }

    @Test
    void aServiceWithoutSessionsIsToldToBeUsedWithout() {
        String text = "refused: 405 to POST /redfish/v1/SessionService/Sessions; the service makes no sessions; use"
                + " 'login: basic' for it";
        expect(new FrontFault.WithoutSessions(), Answer.REFUSED, text, text);
        assertThat(bench.device(Bench.USER, Bench.PASSWORD, null, Login.BASIC, Bench.pinned())
                        .readPower(CALL)
                        .state())
                .isEqualTo(PowerState.ON);
    }

    @Test
    void aServiceWhoseRootWantsALoginIsToldToBeUsedWithout() {
        String text = "refused: the service's root wants a login, against the standard; use 'login: basic' for it";
        expect(new FrontFault.ClosedRoot(), Answer.REFUSED, text, text);
        assertThat(bench.device(Bench.USER, Bench.PASSWORD, null, Login.BASIC, Bench.pinned())
                        .readPower(CALL)
                        .state())
                .isEqualTo(PowerState.ON);
    }

    @Test
    void whatIsNoRedfishServiceIsNamed() {
        String text = "no Redfish service: 404 to GET /redfish/v1/";
        expect(new FrontFault.Elsewhere(), Answer.REFUSED, text, text);
    }

    @Test
    void whenItHasNoSessionLeftItIsBusy() throws Exception {
        try (HttpClient others =
                HttpClient.newBuilder().sslContext(Bench.pinned().context()).build()) {
            String url = "https://127.0.0.1:" + bench.front().port() + "/redfish/v1/SessionService/Sessions";
            String login = "{\"UserName\": \"" + Bench.USER + "\", \"Password\": \"" + Bench.PASSWORD + "\"}";
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .POST(HttpRequest.BodyPublishers.ofString(login))
                    .build();
            for (int i = 0; i < 8; i++) {
                others.send(request, HttpResponse.BodyHandlers.discarding());
            }
        }

        String text =
                "busy: 503 to POST /redfish/v1/SessionService/Sessions; it says: The session establishment failed";
        expect(bench.device(), Answer.NO_ANSWER, text, text);
        assertThat(bench.device(Bench.USER, Bench.PASSWORD, null, Login.BASIC, Bench.pinned())
                        .readPower(CALL)
                        .state())
                .isEqualTo(PowerState.ON);
    }

    @Test
    void aSessionThatCameTooLateIsEndedToo() {
        Duration call = Duration.ofSeconds(3);
        bench.front().fault(new FrontFault.SlowLogin(call.plusSeconds(1)));

        PowerReading reading = bench.device().readPower(call);

        assertThat(reading.detail()).isEqualTo("timed out: no answer to POST /redfish/v1/SessionService/Sessions");
        assertThat(bench.front().openSessions()).isEqualTo(1);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(bench.front().openSessions()).isZero());
    }

    // --- who it is ---

    @Test
    void anotherCertificateThanThePinnedOneIsToldWithItsFingerprintAndHearsNoSecret() throws IOException {
        BmcCertificate other = BmcCertificate.forName("ip:127.0.0.1");
        try (Bench impostor = Bench.showing(other)) {
            impostor.machine().power(false);

            String text = "not trusted: the device shows a certificate with SHA-256 " + other.fingerprint()
                    + ", not the one that certificate-sha256 names";
            expect(
                    impostor.device(Bench.USER, Bench.PASSWORD, null, Login.BASIC, Bench.pinned()),
                    Answer.REFUSED,
                    text,
                    text);
            assertThat(impostor.front().requests()).isEmpty();
        }
    }

    @Test
    void aCertificateThatTheAuthoritySignedForThatAddressIsBelievedAndNoOther() throws IOException {
        BmcCertificate named = BmcCertificate.forName("dns:bmc.example");
        Trust here = Trust.authorities("ca-file", Bench.certificate().pem(directory));
        Trust there = Trust.authorities("ca-file", named.pem(directory));

        RedfishDevice believed = bench.device(Bench.USER, Bench.PASSWORD, null, Login.SESSION, here);
        assertThat(believed.readPower(CALL).state()).isEqualTo(PowerState.ON);

        String unsigned = "not trusted: ";
        expect(
                bench.device(Bench.USER, Bench.PASSWORD, null, Login.SESSION, there),
                Answer.REFUSED,
                unsigned,
                unsigned);

        try (Bench elsewhere = Bench.showing(named)) {
            String otherName = "not trusted: No subject alternative names";
            expect(
                    elsewhere.device(Bench.USER, Bench.PASSWORD, null, Login.SESSION, there),
                    Answer.REFUSED,
                    otherName,
                    otherName);
            RedfishDevice pinned = elsewhere.device(
                    Bench.USER, Bench.PASSWORD, null, Login.SESSION, Trust.certificate(named.fingerprint()));
            assertThat(pinned.readPower(CALL).state())
                    .as("a pinned certificate may be for any name")
                    .isEqualTo(PowerState.ON);
        }
    }

    // --- which system ---

    @Test
    void severalSystemsNeedAName() throws IOException {
        try (Bench own = Bench.of(Vendor.PLAIN, "node-1", "node-2")) {
            String which = "no such system: the service has 2 (node-1, node-2) and 'system' does not say which";
            expect(own.device(), Answer.REFUSED, which, which);
            String none = "no such system: 'node-3' is none of node-1, node-2";
            expect(
                    own.device(Bench.USER, Bench.PASSWORD, "node-3", Login.SESSION, Bench.pinned()),
                    Answer.REFUSED,
                    none,
                    none);
            assertThat(own.machine("node-1").hasPower()).isTrue();
            assertThat(own.machine("node-2").hasPower()).isTrue();
        }
        try (Bench empty = Bench.of(Vendor.PLAIN)) {
            expect(empty.device(), Answer.REFUSED, "no such system: the service has none", "no such system: ");
        }
    }

    // --- what it says ---

    @Test
    void aRefusedOrderIsToldInTheServicesWords() {
        bench.front().fault(new FrontFault.RefusingOrders("The lid is open.\r\n\u001b[31mforged line"));

        PowerOrder order = bench.device().powerOff(CALL);

        assertThat(order.answer()).isEqualTo(Answer.REFUSED);
        assertThat(order.detail())
                .isEqualTo(
                        "refused: 400 to POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset; it says: The lid is"
                                + " open.   [31mforged line");
    }

    @Test
    void aBusyServiceSaysWhenToComeBack() {
        expect(
                new FrontFault.Busy(OptionalInt.of(30)),
                Answer.NO_ANSWER,
                "busy: 503 to POST /redfish/v1/SessionService/Sessions; it says to come back after 30 s; it says: ",
                "busy: 503");
        expect(
                new FrontFault.Busy(OptionalInt.empty()),
                Answer.NO_ANSWER,
                "busy: 503 to POST /redfish/v1/SessionService/Sessions; it says: The service is temporarily",
                "busy: 503");
    }

    @Test
    void aServiceThatFailsMayHaveDoneIt() {
        expect(new FrontFault.Failing(), Answer.NO_ANSWER, "faulty: 500 to POST", "faulty: 500 to POST");
    }

    @Test
    void aRedirectIsNotFollowed() throws IOException {
        try (Bench elsewhere = Bench.of(Vendor.PLAIN, "1")) {
            String url = "https://127.0.0.1:" + elsewhere.front().port() + "/redfish/v1/";
            String text = "redirect: 307 to GET /redfish/v1/; to " + url + ", which is not followed";
            expect(new FrontFault.Redirecting(url), Answer.REFUSED, text, text);
            assertThat(elsewhere.front().requests()).isEmpty();
        }
    }

    @Test
    void aBodyWithoutEndIsNotRead() {
        String text = "too large: the answer to GET /redfish/v1/Systems/1 has more than 1048576 bytes";
        expect(new FrontFault.Oversized(3_000_000), Answer.NO_ANSWER, text, text);
    }

    @Test
    void aConnectionThatBreaksIsUnreachable() {
        String text = "unreachable: the connection broke at GET /redfish/v1/Systems/1: ";
        expect(new FrontFault.Breaking(), Answer.NO_ANSWER, text, text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "\"Off\"",
                "{\"PowerState\":\"Off\"}x",
                "{\"PowerState\":\"On\",\"PowerState\":\"Off\"}"
            })
    void whatIsNotJsonAsWeKnowItIsGarbled(String body) {
        expect(
                new FrontFault.Garbled(body),
                Answer.NO_ANSWER,
                "garbled: the answer to GET /redfish/v1/ is no JSON",
                "garbled: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"PoweringOff\"",
                "\"PoweringOn\"",
                "\"Paused\"",
                "\"off\"",
                "\"OFF\"",
                "\"Off \"",
                "\"\"",
                "null",
                "false",
                "0",
                "[\"Off\"]",
                "{\"PowerState\":\"Off\"}"
            })
    void onlyOffIsOff(String word) {
        bench.machine().power(false);
        assertThat(bench.device().readPower(CALL).state()).isEqualTo(PowerState.OFF);
        bench.front().fault(new FrontFault.SayingAboutPower(word));

        PowerReading reading = bench.device().readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith("power state is ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SESSION", "BASIC"})
    void aSecretIsInNoTextAlsoWhenTheServiceRepeatsIt(String way) {
        RedfishDevice device = bench.device(Bench.USER, Bench.PASSWORD, null, Login.valueOf(way), Bench.pinned());
        bench.front().fault(new FrontFault.Repeating());

        PowerOrder order = device.powerOff(CALL);

        assertThat(order.answer()).isEqualTo(Answer.REFUSED);
        assertThat(order.detail())
                .isEqualTo(
                        "refused: 400 to POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset; it says: (left out,"
                                + " because it repeats a secret)");
        assertThat(device.name() + device)
                .isEqualTo(("redfish 127.0.0.1:" + bench.front().port()).repeat(2));
    }

    // --- whether it is there ---

    @Test
    void aClosedPortIsUnreachable() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        RedfishDevice device = Bench.device(port, Bench.USER, Bench.PASSWORD, null, Login.SESSION, Bench.pinned());

        expect(device, Answer.NO_ANSWER, "unreachable: ", "unreachable: ");
    }

    @Test
    void aNameThatCannotBeResolvedIsUnreachable() {
        RedfishDevice device = new RedfishDevice(
                new FencingSettings.Redfish(
                        "no-such-host.invalid",
                        null,
                        "u",
                        SecretFile.of(Path.of("p")),
                        "0a".repeat(32),
                        null,
                        null,
                        null),
                "p4ssw0rd",
                Bench.pinned());

        PowerReading reading = device.readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).isEqualTo("unreachable: the name of no-such-host.invalid:443 cannot be resolved");
    }

    @Test
    void aPortThatTakesConnectionsAndSaysNothingIsTimedOutAtTheDeadline() throws IOException {
        try (ServerSocket hole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            RedfishDevice device =
                    Bench.device(hole.getLocalPort(), Bench.USER, Bench.PASSWORD, null, Login.SESSION, Bench.pinned());
            long startNanos = System.nanoTime();

            PowerOrder order = device.powerOff(SHORT);

            assertThat(order.answer()).isEqualTo(Answer.NO_ANSWER);
            assertThat(order.detail()).isEqualTo("timed out: no answer to GET /redfish/v1/");
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isBetween(SHORT, SHORT.plusMillis(500));
        }
    }

    @Test
    void oneDeadlineIsForAllRequestsTogether() {
        bench.front().fault(new FrontFault.Slow(Duration.ofMillis(300)));
        long startNanos = System.nanoTime();

        PowerOrder order = bench.device().powerOff(SHORT);

        assertThat(order.answer()).isEqualTo(Answer.NO_ANSWER);
        assertThat(order.detail()).startsWith("timed out: no answer to ");
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isBetween(SHORT, SHORT.plusMillis(500));
        assertThat(bench.machine().hasPower()).isTrue();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(bench.front().openSessions()).isZero());
    }

    @Test
    void callsLeaveNoThreadBehindHoweverTheyEnd() throws IOException {
        try (ServerSocket hole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            RedfishDevice silent =
                    Bench.device(hole.getLocalPort(), Bench.USER, Bench.PASSWORD, null, Login.SESSION, Bench.pinned());
            for (int i = 0; i < 10; i++) {
                assertThat(silent.readPower(Duration.ofMillis(100)).state()).isEqualTo(PowerState.UNKNOWN);
                assertThat(bench.device().readPower(CALL).state()).isEqualTo(PowerState.ON);
            }
        }

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet().stream()
                                .map(Thread::getName)
                                .filter(name -> name.startsWith("HttpClient")))
                        .isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"})
    void whatDoesNotSpeakTlsIsGarbled(String greeting) throws IOException {
        List<Socket> heard = new CopyOnWriteArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> greet(server, greeting, heard));
            RedfishDevice device = Bench.device(
                    server.getLocalPort(), Bench.USER, Bench.PASSWORD, null, Login.SESSION, Bench.pinned());

            expect(device, Answer.NO_ANSWER, "garbled: what answers at 127.0.0.1:", "garbled: what answers at ");
        } finally {
            for (Socket socket : heard) {
                socket.close();
            }
        }
    }

    private static void greet(ServerSocket server, String greeting, List<Socket> heard) {
        try {
            while (true) {
                Socket socket = server.accept();
                heard.add(socket);
                OutputStream out = socket.getOutputStream();
                out.write(greeting.getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
        } catch (IOException e) {
            // Closed by the test, which is how greeting ends.
        }
    }
}
