package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.api.MonitorSettings.Monitor;
import io.holdfast.api.MonitorSettings.Trust;
import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.audit.FakeAuditBook;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.masakari.FakeNotificationBook;
import io.holdfast.api.masakari.InstanceHa;
import io.holdfast.api.nova.Books;
import io.holdfast.api.nova.ServerNetworks;
import io.holdfast.api.words.Words;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.NotificationService;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.notifications.sim.InMemoryLedger;
import io.holdfast.recovery.Capacity;
import io.holdfast.recovery.sim.InMemoryFailoverSegments;
import io.holdfast.scheduler.AdvisorySettings;
import io.holdfast.secrets.SecretReader;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The API over a cloud in memory, with small limits, and how to talk to it. */
abstract class ApiFixture {

    static final String ADMIN = "admin-token-of-the-test";
    static final String BLUE = "blue-token-of-the-test";
    static final String BLUE_READER = "blue-token-that-reads";
    static final String RED = "red-token-of-the-test";
    static final String MONITOR = "monitor-token-of-the-test";
    static final String DOUBTER = "doubter-token-of-the-test";
    static final String FENCER = "fencer-token-of-the-test";
    static final Duration LIMIT = Duration.ofSeconds(30);
    static final String IMAGE = "11111111-1111-4111-8111-111111111111";

    final Vertx vertx = Vertx.vertx();
    static final int CONNECTIONS_MAX = 300;

    final FakeCloud cloud = new FakeCloud();
    final FakeGroups groups = new FakeGroups();
    final FakeRehearsal rehearsal = new FakeRehearsal();
    final FakePower power = new FakePower();
    final InMemoryLedger ledger = new InMemoryLedger();
    volatile Duration later = Duration.ZERO;
    final InstantSource clock = () -> Instant.now().plus(later);
    final InMemoryFailoverSegments segments = new InMemoryFailoverSegments("default", clock);
    final FakeAuditBook auditBook = new FakeAuditBook();
    final FakeNotificationBook book = new FakeNotificationBook();
    final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    NotificationService notifications;
    ApiServer server;
    int port;
    volatile boolean ready = true;

    @BeforeEach
    void start() throws Exception {
        notifications = new NotificationService(
                vertx,
                ledger,
                NotificationSettings.defaults(),
                () -> java.util.Set.of("h1", "h2"),
                Clock.systemUTC(),
                RandomGenerator.getDefault());
        notifications.start();
        ApiSettings settings = new ApiSettings(
                "127.0.0.1",
                0,
                null,
                false,
                List.of(
                        new Token("root", Role.ADMIN, "admin", hash(ADMIN)),
                        new Token("ann", Role.MEMBER, "blue", hash(BLUE)),
                        new Token("bob", Role.MEMBER, "red", hash(RED)),
                        new Token("eve", Role.READER, "blue", hash(BLUE_READER)),
                        new Token("monitor", Role.MEMBER, "monitors", hash(MONITOR)),
                        new Token("doubter", Role.ADMIN, "monitors", hash(DOUBTER)),
                        new Token("fencer", Role.ADMIN, "monitors", hash(FENCER))),
                deadline(),
                16,
                64 * 1024,
                2,
                CONNECTIONS_MAX,
                3,
                new MonitorSettings(
                        List.of(
                                new Monitor("monitor", Trust.CONDEMNS, 5),
                                new Monitor("doubter", Trust.SUSPECTS, 60),
                                new Monitor("fencer", Trust.HAS_FENCED, 60)),
                        Duration.ofMinutes(3),
                        List.of("instance"),
                        Map.of("192.0.2.77", HostId.of("h2"))),
                AuditSettings.defaults());
        Words words = new Words(cloud, settings.monitors(), System::nanoTime);
        server = new ApiServer(
                vertx,
                new ApiParts(
                        cloud,
                        cloud,
                        cloud,
                        groups,
                        books(),
                        ServerNetworks.NONE,
                        cloud,
                        capacity(),
                        new FakeExplainer(),
                        new Advised(new FakeAdvisories(), AdvisorySettings.defaults()),
                        words,
                        notifications.webhooks(),
                        notifications,
                        rehearsal,
                        power,
                        cloud::status,
                        () -> new Health(ready, Map.of("store", ready ? "up" : "down")),
                        identity(),
                        audit(),
                        Stream.concat(
                                        beside().stream(),
                                        Stream.of(InstanceHa.of(
                                                cloud,
                                                cloud,
                                                cloud,
                                                segments,
                                                book,
                                                words,
                                                settings.monitors().repeatsWithin(),
                                                clock)))
                                .toList()),
                "controller",
                Lead.Here::new,
                settings,
                SecretReader.ofCommand(Map.of()));
        port = server.start();
    }

    /** Of a request; long, for a busy machine. */
    Duration deadline() {
        return Duration.ofSeconds(30);
    }

    /** Who knows the tokens that are not in the settings. */
    TokenVerifier identity() {
        return TokenVerifier.NONE;
    }

    Capacity capacity() {
        return FakeCapacity::report;
    }

    /** Other APIs on the port. */
    List<ApiService> beside() {
        return List.of();
    }

    /** Keeps the audit trail; in memory unless a test says otherwise. */
    AuditBook audit() {
        return auditBook;
    }

    /** What is kept beside; in memory unless a test says otherwise. */
    Books books() {
        return FakeBooks.make();
    }

    @AfterEach
    void stop() {
        server.close();
        notifications.close();
        vertx.close().await();
    }

    CompletableFuture<Void> stream(String token, String lastId, List<String> lines) {
        return http.sendAsync(
                        request("/ha/v1/events", token)
                                .header("Accept", "text/event-stream")
                                .header("Last-Event-ID", lastId)
                                .GET()
                                .build(),
                        HttpResponse.BodyHandlers.ofLines())
                // Never on the caller's thread, which it is if the answer is there already: the body does not end.
                .thenAcceptAsync(response -> response.body().forEach(lines::add));
    }

    HttpResponse<String> get(String path, @Nullable String token) throws IOException, InterruptedException {
        return send("GET", path, token, null, null);
    }

    HttpResponse<String> send(
            String method, String path, @Nullable String token, @Nullable String version, @Nullable String body)
            throws IOException, InterruptedException {
        return send("compute", method, path, token, version, body);
    }

    HttpResponse<String> send(
            String service,
            String method,
            String path,
            @Nullable String token,
            @Nullable String version,
            @Nullable String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path, token)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (version != null) {
            request.header("OpenStack-API-Version", service + " " + version);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpRequest.Builder request(String path, @Nullable String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(LIMIT);
        return token == null ? request : request.header("X-Auth-Token", token);
    }

    static void assertFault(HttpResponse<String> response, int status, String name) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonObject fault = json(response).getJsonObject(name);
        assertThat(fault).as(response.body()).isNotNull();
        assertThat(fault.getInteger("code")).isEqualTo(status);
        assertThat(fault.getString("message")).isNotBlank();
    }

    static JsonObject json(HttpResponse<String> response) {
        return new JsonObject(response.body());
    }

    static List<String> names(JsonObject body) {
        return body.getJsonArray("servers").stream()
                .map(one -> ((JsonObject) one).getString("name"))
                .toList();
    }

    static Fact fact(String type, @Nullable String project) {
        return new Fact(
                UUID.randomUUID(),
                type,
                "host/h1",
                project == null ? null : ProjectId.of(project),
                Instant.now(),
                Map.of("host", "h1"));
    }

    static String hash(String token) throws Exception {
        byte[] salt = new byte[16];
        RandomGenerator.getDefault().nextBytes(salt);
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(salt);
        return "sha256:" + HexFormat.of().formatHex(salt) + ":"
                + HexFormat.of().formatHex(sha256.digest(token.getBytes(StandardCharsets.UTF_8)));
    }
}
