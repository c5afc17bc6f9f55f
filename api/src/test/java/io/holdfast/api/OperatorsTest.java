package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.notifications.NotificationService;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.notifications.sim.InMemoryLedger;
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
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators order, through the API: the contract, the policy, and what reaches recovery. */
class OperatorsTest {

    private static final String ADMIN = "admin-token-of-the-test";
    private static final String BLUE = "blue-token-of-the-test";

    private final Vertx vertx = Vertx.vertx();
    private final FakeCloud cloud = new FakeCloud();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private NotificationService notifications;
    private ApiServer server;
    private int port;

    @BeforeEach
    void start() throws Exception {
        notifications = new NotificationService(
                vertx,
                new InMemoryLedger(),
                NotificationSettings.defaults(),
                Clock.systemUTC(),
                RandomGenerator.getDefault());
        notifications.start();
        server = new ApiServer(
                vertx,
                cloud,
                cloud,
                cloud,
                cloud,
                notifications,
                notifications,
                cloud::status,
                () -> new Health(true, Map.of()),
                new ApiSettings(
                        "127.0.0.1",
                        0,
                        null,
                        false,
                        List.of(
                                new Token("root", Role.ADMIN, "admin", hash(ADMIN)),
                                new Token("ann", Role.MEMBER, "blue", hash(BLUE))),
                        Duration.ofSeconds(1),
                        16,
                        64 * 1024,
                        2,
                        3));
        port = server.start();
    }

    @AfterEach
    void stop() {
        server.close();
        notifications.close();
        vertx.close().await();
    }

    @Test
    void operatorsOrderAboutHostsSegmentsAndCases() throws Exception {
        HttpResponse<String> refused =
                send("POST", "/ha/v1/hosts/h1/confirm-dead", ADMIN, null, "{\"reason\": \"burnt\"}");
        assertFault(refused, 409, "conflictingRequest");
        assertThat(refused.body()).contains("power (power on)");
        assertThat(send(
                                "POST",
                                "/ha/v1/hosts/h1/confirm-dead",
                                ADMIN,
                                null,
                                "{\"reason\": \"burnt\", \"override\": [\"power\"]}")
                        .statusCode())
                .isEqualTo(202);
        String id = "00000000-0000-0000-0000-000000000007";
        for (String[] act : new String[][] {
            {"PUT", "/ha/v1/hosts/h1/maintenance", "{\"reason\": \"memory\"}", "204"},
            {"DELETE", "/ha/v1/hosts/h1/maintenance", null, "204"},
            {"DELETE", "/ha/v1/hosts/h1/quarantine", null, "204"},
            {"PUT", "/ha/v1/segments/default/maintenance", "{}", "204"},
            {"DELETE", "/ha/v1/segments/default/maintenance", null, "204"},
            {"PUT", "/ha/v1/segments/default/arming", "{\"mode\": \"freeze\", \"reason\": \"racks\"}", "204"},
            {"POST", "/ha/v1/cases/" + id + "/abandon", "{\"reason\": \"scrapped\"}", "202"}
        }) {
            HttpResponse<String> answer = send(act[0], act[1], ADMIN, null, act[2]);
            assertThat(answer.statusCode())
                    .as(act[0] + " " + act[1] + answer.body())
                    .isEqualTo(Integer.parseInt(act[3]));
        }
        assertThat(cloud.log())
                .contains(
                        "confirm-dead h1 by root burnt [power]",
                        "maintenance h1 true by root memory",
                        "maintenance h1 false by root ",
                        "release h1 by root",
                        "maintenance default true by root ",
                        "arm default FREEZE by root racks",
                        "abandon " + id + " by root scrapped");
        JsonObject host = json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host");
        assertThat(host.getJsonArray("notes").getJsonObject(0).getString("text"))
                .contains("cut off");
        assertThat(host.getJsonObject("failureDomains").fieldNames()).isEmpty();
        JsonObject segment = json(get("/ha/v1/segments/default", ADMIN)).getJsonObject("segment");
        assertThat(segment.getString("armed")).isEqualTo("FREEZE");
        assertThat(segment.getString("armedWhy")).contains("moving racks");
        JsonObject plan = json(get("/ha/v1/what-if?host=h1,h2", ADMIN));
        assertThat(plan.getJsonArray("hosts")).hasSize(2);
        assertThat(plan.getJsonArray("hosts")
                        .getJsonObject(1)
                        .getJsonArray("instances")
                        .getJsonObject(0)
                        .getString("reason"))
                .isEqualTo("h2: is full");
        assertThat(json(get("/ha/v1/what-if?host=h1&power_off=true", ADMIN)).getString("assumed"))
                .isEqualTo("their power reads off");
        assertFault(get("/ha/v1/what-if", ADMIN), 400, "badRequest");
        assertFault(get("/ha/v1/what-if?host=h1", BLUE), 403, "forbidden");
        assertFault(send("POST", "/ha/v1/hosts/h1/confirm-dead", ADMIN, null, "{}"), 400, "badRequest");
        assertFault(
                send(
                        "POST",
                        "/ha/v1/hosts/h1/confirm-dead",
                        ADMIN,
                        null,
                        "{\"reason\": \"x\", \"override\": [\"all\"]}"),
                400,
                "badRequest");
        assertFault(
                send("PUT", "/ha/v1/segments/default/arming", ADMIN, null, "{\"mode\": \"off\"}"), 400, "badRequest");
        assertFault(
                send("POST", "/ha/v1/cases/nonsense/abandon", ADMIN, null, "{\"reason\": \"x\"}"), 404, "itemNotFound");
    }

    private HttpResponse<String> get(String path, String token) throws IOException, InterruptedException {
        return send("GET", path, token, null, null);
    }

    private HttpResponse<String> send(
            String method, String path, String token, @Nullable String version, @Nullable String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("X-Auth-Token", token)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static void assertFault(HttpResponse<String> response, int status, String name) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(json(response).getJsonObject(name)).as(response.body()).isNotNull();
    }

    private static JsonObject json(HttpResponse<String> response) {
        return new JsonObject(response.body());
    }

    private static String hash(String token) throws Exception {
        byte[] salt = new byte[16];
        RandomGenerator.getDefault().nextBytes(salt);
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(salt);
        return "sha256:" + HexFormat.of().formatHex(salt) + ":"
                + HexFormat.of().formatHex(sha256.digest(token.getBytes(StandardCharsets.UTF_8)));
    }
}
