package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.audit.FakeAuditBook;
import io.holdfast.api.audit.Who;
import io.holdfast.api.nova.ServerNetworks;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Placer;
import io.holdfast.compute.sim.SimulatedAgents;
import io.holdfast.compute.store.StoredCompute;
import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SecretFile;
import io.holdfast.model.TlsFiles;
import io.holdfast.notifications.NotificationService;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.notifications.sim.InMemoryLedger;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the API does when what it stands on, or who reads from it, is not well; and over TLS. */
class ApiFailuresTest {

    private static final String TOKEN = "admin-token-of-the-test";
    private static final String PASSWORD = "password-of-the-test";

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final FakeCloud cloud = new FakeCloud();
    private final InMemoryLedger ledger = new InMemoryLedger();
    private final List<AutoCloseable> closing = new ArrayList<>();
    private NotificationService notifications;

    @BeforeEach
    void start() {
        notifications = new NotificationService(
                vertx,
                ledger,
                NotificationSettings.defaults(),
                () -> java.util.Set.of("h1", "h2"),
                Clock.systemUTC(),
                RandomGenerator.getDefault());
        notifications.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : closing.reversed()) {
            one.close();
        }
        notifications.close();
        vertx.close().await();
    }

    @Test
    void whileTheDatabaseIsAwayEveryRequestIs503WithRetryAfterAndThenAllIsWellAgain() throws Exception {
        TestDatabase database = TestDatabase.fresh();
        closing.add(database);
        AtomicBoolean away = new AtomicBoolean();
        Store store = Store.open(breakable(database.dataSource(), away), StoredCompute.ENTITIES);
        closing.add(store);
        StoredCompute compute = new StoredCompute(
                store,
                new SimulatedAgents(),
                (instance, wants, zone, only) -> new Placer.Choice.None(""),
                Optional::empty,
                instance -> false,
                ComputeSettings.defaults().at(directory),
                java.time.Duration.ofMinutes(5),
                new Overcommit(4, 1),
                InstantSource.system());
        closing.add(compute);
        ApiServer server = new ApiServer(
                vertx,
                Parts.of(compute, ServerNetworks.NONE, cloud, notifications),
                "controller",
                Lead.Here::new,
                settings(null),
                SecretReader.ofCommand(Map.of()));
        closing.add(server);
        String base = "http://127.0.0.1:" + server.start();
        HttpClient http = HttpClient.newHttpClient();
        String flavor = "{\"flavor\": {\"name\": \"big\", \"id\": \"big\", \"ram\": 64, \"vcpus\": 1, \"disk\": 1}}";

        assertThat(send(http, base, "GET", "/v2.1/servers/detail", null).statusCode())
                .isEqualTo(200);
        away.set(true);
        for (HttpResponse<String> answer : List.of(
                send(http, base, "GET", "/v2.1/servers/detail", null),
                send(http, base, "GET", "/v2.1/os-services", null),
                send(http, base, "POST", "/v2.1/flavors", flavor))) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("2");
            assertThat(new JsonObject(answer.body())
                            .getJsonObject("serviceUnavailable")
                            .getString("message"))
                    .contains("database")
                    .contains("Nothing was changed");
        }
        away.set(false);
        assertThat(new JsonObject(send(http, base, "GET", "/v2.1/flavors", null).body()).getJsonArray("flavors"))
                .isEmpty();
        assertThat(send(http, base, "POST", "/v2.1/flavors", flavor).statusCode())
                .isEqualTo(200);
    }

    @Test
    void overTlsOnlyWhoTrustsTheAuthorityTalksToIt() throws Exception {
        TlsFiles tls = identity();
        String base = "https://127.0.0.1:" + serve(tls);
        HttpClient trusting = HttpClient.newBuilder().sslContext(trust(tls)).build();
        HttpResponse<String> answer = send(trusting, base, "GET", "/v2.1/flavors", null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
        assertThat(new JsonObject(answer.body())
                        .getJsonArray("flavors")
                        .getJsonObject(0)
                        .getJsonArray("links")
                        .getJsonObject(0)
                        .getString("href"))
                .startsWith(base);

        HttpClient stranger = HttpClient.newHttpClient();
        assertThatThrownBy(() -> send(stranger, base, "GET", "/v2.1/flavors", null))
                .isInstanceOf(SSLHandshakeException.class);
    }

    @Test
    void aNewCertificateIsShownWithoutARestartAndABadOneIsNot() throws Exception {
        TlsFiles tls = identity();
        FakeAuditBook book = new FakeAuditBook();
        ApiServer server = new ApiServer(
                vertx,
                Parts.of(cloud, notifications, book),
                "controller",
                Lead.Here::new,
                settings(tls),
                SecretReader.ofCommand(Map.of()));
        closing.add(server);
        int port = server.start();
        X509Certificate first = shown(tls, port);
        assertThat(shown(tls, port)).isEqualTo(first);
        SSLSocket open = connect(tls, port);

        // Half of a file, and a certificate that was good until yesterday.
        byte[] good = Files.readAllBytes(tls.keyStore());
        replace(tls, Arrays.copyOf(good, good.length / 2));
        await().atMost(SOON).until(() -> book.list(AuditBook.Filter.ALL, 10).size() == 1);
        keytool("-genkeypair -alias late -keyalg EC -dname CN=late -startdate -3d -validity 1 -keystore late.p12");
        replace(tls, Files.readAllBytes(directory.resolve("late.p12")));
        await().atMost(SOON).until(() -> book.list(AuditBook.Filter.ALL, 10).size() == 2);
        assertThat(book.list(AuditBook.Filter.ALL, 10)).allSatisfy(line -> {
            assertThat(line.operation()).isEqualTo("renewCertificate");
            assertThat(line.who()).isEqualTo(Who.SYSTEM);
            assertThat(line.ended())
                    .isNotNull()
                    .satisfies(ended -> assertThat(ended.status()).isEqualTo(500));
        });
        assertThat(book.list(AuditBook.Filter.ALL, 1).getFirst().ended().fault())
                .contains("NotAfter");
        assertThat(shown(tls, port)).isEqualTo(first);

        replace(tls, Files.readAllBytes(renewed()));
        await().atMost(SOON).until(() -> !shown(tls, port).equals(first));
        assertThat(shown(tls, port).getSubjectX500Principal().getName()).isEqualTo("CN=renewed");
        await().atMost(SOON).until(() -> book.list(AuditBook.Filter.ALL, 10).size() == 3);
        assertThat(book.list(AuditBook.Filter.ALL, 1).getFirst().ended().status())
                .isEqualTo(200);
        // Who was connected before goes on.
        open.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(open.getInputStream().read()).isEqualTo('H');
        open.close();
    }

    private static final Duration SOON = Duration.ofSeconds(20);

    private static X509Certificate shown(TlsFiles tls, int port) throws Exception {
        try (SSLSocket socket = connect(tls, port)) {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private static SSLSocket connect(TlsFiles tls, int port) throws Exception {
        // A context of its own: no session is taken up again.
        SSLSocket socket = (SSLSocket) trust(tls).getSocketFactory().createSocket("127.0.0.1", port);
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }

    /** As it is to be done: the whole file beside, and then in its place. */
    private void replace(TlsFiles tls, byte[] with) throws Exception {
        Path beside = Files.write(directory.resolve("beside.p12"), with);
        Files.move(beside, tls.keyStore(), StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void aCertificateThatIsOutOfDateStopsNoStartAndIsToldAndReplaced() throws Exception {
        TlsFiles tls = identity();
        keytool("-genkeypair -alias late -keyalg EC -dname CN=late -startdate -3d -validity 1 -keystore late.p12");
        byte[] good = Files.readAllBytes(tls.keyStore());
        replace(tls, Files.readAllBytes(directory.resolve("late.p12")));
        HttpClient careless = HttpClient.newBuilder().sslContext(believing()).build();
        String base = "https://127.0.0.1:" + serve(tls);
        HttpResponse<String> health = send(careless, base, "GET", "/ha/v1/health", null);
        assertThat(health.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(health.body()).getJsonObject("parts").getString("certificate"))
                .isEqualTo("out of date");
        assertThat(send(careless, base, "GET", "/v2.1/flavors", null).statusCode())
                .isEqualTo(200);
        replace(tls, good);
        HttpClient trusting = HttpClient.newBuilder().sslContext(trust(tls)).build();
        await().atMost(SOON)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(new JsonObject(send(trusting, base, "GET", "/ha/v1/health", null)
                                        .body())
                                .getJsonObject("parts")
                                .getString("certificate"))
                        .isEqualTo("up"));
    }

    /** Of an operator who knows where it connects to, and has to. */
    private static SSLContext believing() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                null,
                new TrustManager[] {
                    new X509ExtendedTrustManager() {
                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public X509Certificate[] getAcceptedIssuers() {
                            return new X509Certificate[0];
                        }
                    }
                },
                null);
        return context;
    }

    @Test
    void aKeyStoreThatCannotBeReadStopsTheStartAndSaysSo() throws Exception {
        TlsFiles tls = identity();
        Path wrong = directory.resolve("wrong-password");
        Files.writeString(wrong, "not it\n");
        Files.setPosixFilePermissions(wrong, PosixFilePermissions.fromString("rw-------"));
        ApiServer server = server(new TlsFiles(tls.keyStore(), tls.trustStore(), SecretFile.of(wrong)));
        assertThatThrownBy(server::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(tls.keyStore().toString())
                .hasMessageContaining("password was incorrect");
        TlsFiles missing =
                new TlsFiles(tls.keyStore(), tls.trustStore(), SecretFile.of(directory.resolve("no-such-password")));
        assertThatThrownBy(() -> server(missing).start())
                .hasMessageContaining("api.tls.password-file")
                .hasMessageContaining("no-such-password does not exist");
    }

    @Test
    void aClientThatReadsTooSlowlyIsToldSoByALastEventAndDropped() throws Exception {
        ApiServer server = server(null);
        int port = server.start();
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(4096);
            slow.setSoTimeout(20_000);
            slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
            slow.getOutputStream()
                    .write(("GET /ha/v1/events HTTP/1.1\r\nHost: x\r\nX-Auth-Token: " + TOKEN
                                    + "\r\nAccept: text/event-stream\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = slow.getInputStream();
            assertThat(in.read()).isEqualTo('H');
            await().until(() -> server.streams() == 1);

            String much = "x".repeat(20_000);
            for (int round = 0; round < 400 && server.streams() == 1; round++) {
                notifications.tellNow(List.of(fact(much)));
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> server.streams() == 0);

            // What was written before is still there to be read, then why it ends, then the end.
            List<String> last = new ArrayList<>();
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    if (line.startsWith("event: dropped") || line.startsWith("data: {\"reason\"")) {
                        last.add(line);
                    }
                }
            }
            assertThat(last).hasSize(2);
            assertThat(last.getLast()).contains("reads too slowly").contains("Last-Event-ID");
        }
    }

    private static Fact fact(String text) {
        return new Fact(
                UUID.randomUUID(), "host.suspected", "host/h1", ProjectId.of("blue"), Instant.now(), Map.of("t", text));
    }

    private int serve(@Nullable TlsFiles tls) throws Exception {
        return server(tls).start();
    }

    private ApiServer server(@Nullable TlsFiles tls) throws Exception {
        ApiServer server = new ApiServer(
                vertx,
                Parts.of(cloud, notifications),
                "controller",
                Lead.Here::new,
                settings(tls),
                SecretReader.ofCommand(Map.of()));
        closing.add(server);
        return server;
    }

    private static ApiSettings settings(@Nullable TlsFiles tls) throws Exception {
        byte[] salt = new byte[16];
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(salt);
        String hash = "sha256:" + HexFormat.of().formatHex(salt) + ":"
                + HexFormat.of().formatHex(sha256.digest(TOKEN.getBytes(StandardCharsets.UTF_8)));
        return new ApiSettings(
                "127.0.0.1",
                0,
                tls,
                false,
                List.of(new Token("root", Role.ADMIN, "admin", hash)),
                Duration.ofSeconds(20),
                16,
                64 * 1024,
                5,
                100,
                30,
                MonitorSettings.defaults(),
                AuditSettings.defaults());
    }

    private static HttpResponse<String> send(
            HttpClient http, String base, String method, String path, @Nullable String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(30))
                .header("X-Auth-Token", TOKEN)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static DataSource breakable(DataSource real, AtomicBoolean away) {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    if (away.get() && method.getName().equals("getConnection")) {
                        throw new SQLException("the connection attempt failed", "08001");
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** An authority made by keytool, and a certificate of it for 127.0.0.1. */
    private TlsFiles identity() throws Exception {
        Files.writeString(directory.resolve("password"), PASSWORD + "\n");
        Files.setPosixFilePermissions(directory.resolve("password"), PosixFilePermissions.fromString("rw-------"));
        keytool("-genkeypair -alias ca -keyalg EC -dname CN=authority -ext bc:c=ca:true -keystore ca.p12");
        keytool("-exportcert -alias ca -keystore ca.p12 -file ca.crt");
        keytool("-importcert -noprompt -alias ca -file ca.crt -keystore trust.p12");
        keytool("-genkeypair -alias api -keyalg EC -dname CN=api -keystore api.p12");
        keytool("-certreq -alias api -keystore api.p12 -file api.csr");
        keytool("-gencert -alias ca -keystore ca.p12 -infile api.csr -outfile api.crt -ext san=ip:127.0.0.1");
        keytool("-importcert -noprompt -alias ca -file ca.crt -keystore api.p12");
        keytool("-importcert -noprompt -alias api -file api.crt -keystore api.p12");
        return new TlsFiles(
                directory.resolve("api.p12"),
                directory.resolve("trust.p12"),
                SecretFile.of(directory.resolve("password")));
    }

    /** A key store with a new key and its certificate, of the same authority. */
    private Path renewed() throws Exception {
        keytool(
                "-genkeypair -alias new -keyalg EC -dname CN=renewed -signer ca -ext san=ip:127.0.0.1 -keystore ca.p12");
        char[] password = PASSWORD.toCharArray();
        KeyStore all = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve("ca.p12"))) {
            all.load(in, password);
        }
        KeyStore only = KeyStore.getInstance("PKCS12");
        only.load(null, password);
        only.setKeyEntry("new", all.getKey("new", password), password, all.getCertificateChain("new"));
        Path file = directory.resolve("renewed.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            only.store(out, password);
        }
        return file;
    }

    private static SSLContext trust(TlsFiles tls) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(tls.trustStore())) {
            store.load(in, PASSWORD.toCharArray());
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private void keytool(String arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments.split(" ", -1)));
        command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }
}
