package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.http.Faults;
import io.holdfast.model.FlavorId;
import io.holdfast.recovery.RecoveryUnavailable;
import io.holdfast.secrets.SecretReader;
import io.vertx.core.json.JsonObject;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two controllers: the fixture's leads, and a second one is asked to change something. */
final class ForwardingTest extends ApiFixture {

    private static final String FLAVOR =
            "{\"flavor\": {\"name\": \"big\", \"id\": \"big\", \"ram\": 64, \"vcpus\": 1, \"disk\": 1}}";

    private final FakeCloud own = new FakeCloud();
    private final AtomicReference<Lead> lead = new AtomicReference<>(new Lead.Nobody());
    private ApiServer follower;
    private int leaderPort;

    @BeforeEach
    void startFollower() throws Exception {
        leaderPort = port;
        follower = new ApiServer(
                vertx,
                Parts.of(own, notifications),
                "second",
                lead::get,
                new ApiSettings(
                        "127.0.0.1",
                        0,
                        null,
                        false,
                        List.of(new Token("root", Role.ADMIN, "admin", hash(ADMIN))),
                        Duration.ofSeconds(5),
                        16,
                        64 * 1024,
                        2,
                        CONNECTIONS_MAX,
                        3,
                        MonitorSettings.defaults(),
                        AuditSettings.defaults()),
                SecretReader.ofCommand(Map.of()));
        port = follower.start();
    }

    /** Short, for those who wait for it. */
    @Override
    Duration deadline() {
        return Duration.ofSeconds(1);
    }

    @AfterEach
    void stopFollower() {
        follower.close();
    }

    @Test
    void aChangeIsMadeByTheLeaderAndItsAnswerComesBack() throws Exception {
        lead.set(elsewhere(leaderPort));

        HttpResponse<String> made = send("POST", "/v2.1/flavors", ADMIN, null, FLAVOR);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        assertThat(json(made).getJsonObject("flavor").getString("id")).isEqualTo("big");
        // Links lead to where the caller came in, not to the leader.
        assertThat(made.body()).contains("127.0.0.1:" + port).doesNotContain(":" + leaderPort);
        assertThat(cloud.flavors).containsKey(FlavorId.of("big"));
        assertThat(own.flavors).doesNotContainKey(FlavorId.of("big"));
        // The leader has worked on it, so the line is its; and it says whose it was.
        assertThat(json(get("/ha/v1/audit?operation=createFlavor", ADMIN)).getJsonArray("audit"))
                .isEmpty();
        assertThat(auditBook.list(AuditBook.Filter.ALL, 10)).singleElement().satisfies(line -> {
            assertThat(line.controller()).isEqualTo("controller");
            assertThat(line.address()).isEqualTo("127.0.0.1");
            assertThat(line.onBehalfOf()).isEqualTo("127.0.0.1");
            assertThat(line.requestId())
                    .isEqualTo(
                            made.headers().firstValue("X-Openstack-Request-Id").orElseThrow());
        });
        assertThat(send("DELETE", "/v2.1/flavors/big", ADMIN, null, null).statusCode())
                .isEqualTo(202);
        assertThat(cloud.flavors).doesNotContainKey(FlavorId.of("big"));
        assertFault(send("DELETE", "/v2.1/flavors/big", ADMIN, null, null), 404, "itemNotFound");
    }

    @Test
    void whatOnlyReadsIsAnsweredByWhoeverIsAsked() throws Exception {
        lead.set(elsewhere(leaderPort));
        cloud.flavors.clear();
        assertThat(get("/v2.1/flavors/small", ADMIN).statusCode()).isEqualTo(200);
    }

    @Test
    void aChangeWaitsForALeaderToBeFound() throws Exception {
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(
                request("/v2.1/flavors", ADMIN)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(FLAVOR))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        // Answered by the same event loop after the change was taken up, or before; either order must do.
        assertThat(get("/v2.1/flavors/small", ADMIN).statusCode()).isEqualTo(200);
        lead.set(new Lead.Here());
        assertThat(answer.get(LIMIT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)
                        .statusCode())
                .isEqualTo(200);
        assertThat(own.flavors).containsKey(FlavorId.of("big"));
    }

    @Test
    void aChangeThatWasHandedOnOnceIsNotHandedOnAgain() throws Exception {
        lead.set(elsewhere(leaderPort));
        HttpResponse<String> refused = http.send(
                request("/v2.1/flavors", ADMIN)
                        .header("Content-Type", "application/json")
                        .header(Forwarder.HEADER, "third")
                        .POST(HttpRequest.BodyPublishers.ofString(FLAVOR))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertFault(refused, 503, "serviceUnavailable");
        assertThat(refused.body()).contains("Nothing was changed");
        assertThat(cloud.flavors).doesNotContainKey(FlavorId.of("big"));
        assertThat(own.flavors).doesNotContainKey(FlavorId.of("big"));
    }

    @Test
    void aLeaderThatCannotBeReachedHasChangedNothingAndTheCallerIsToldSo() throws Exception {
        int nobody;
        try (ServerSocket free = new ServerSocket(0)) {
            nobody = free.getLocalPort();
        }
        lead.set(elsewhere(nobody));
        HttpResponse<String> refused = send("POST", "/v2.1/flavors", ADMIN, null, FLAVOR);
        assertFault(refused, 503, "serviceUnavailable");
        assertThat(refused.body()).contains("Nothing was changed");
    }

    @Test
    void whoMayNotCallIsToldSoWithoutTheLeaderBeingAsked() throws Exception {
        lead.set(elsewhere(1));
        assertThat(send("POST", "/v2.1/flavors", "no-such-token", null, FLAVOR).statusCode())
                .isEqualTo(401);
    }

    @Test
    void whenNobodyIsElectedTheChangeIsRefusedAndMadeByNobody() throws Exception {
        HttpResponse<String> refused = send("POST", "/v2.1/flavors", ADMIN, null, FLAVOR);
        assertFault(refused, 503, "serviceUnavailable");
        assertThat(refused.body()).contains("Nothing was changed");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(cloud.flavors).doesNotContainKey(FlavorId.of("big"));
        assertThat(own.flavors).doesNotContainKey(FlavorId.of("big"));
    }

    @Test
    void aLeaderThatTakesTheRequestAndStandsStillMayHaveDoneItAndTheCallerIsToldSo() throws Exception {
        // A listening socket that nobody accepts from: what a stopped process looks like.
        try (ServerSocket stopped = new ServerSocket(0)) {
            lead.set(elsewhere(stopped.getLocalPort()));
            HttpResponse<String> unknown = send("POST", "/v2.1/flavors", ADMIN, null, FLAVOR);
            assertFault(unknown, 503, "serviceUnavailable");
            assertThat(unknown.body()).contains("It may have been done");
            // It was not refused, and nobody here knows what came of it.
            JsonObject line =
                    json(get("/ha/v1/audit", ADMIN)).getJsonArray("audit").getJsonObject(0);
            assertThat(line.getString("operation")).isEqualTo("createFlavor");
            assertThat(line.getString("target")).isEqualTo("/v2.1/flavors");
            assertThat(line.getInteger("status")).isEqualTo(503);
            assertThat(line.getBoolean("refused")).isFalse();
            assertThat(line.getString("fault")).startsWith("unknown: ").contains("It may have been done");
            // Each has a line of its own, and an action its name.
            String server = "/v2.1/servers/22222222-2222-4222-8222-222222222222/action";
            assertFault(send("POST", server, ADMIN, null, "{\"os-stop\": null}"), 503, "serviceUnavailable");
            assertThat(json(get("/ha/v1/audit?operation=os-stop", ADMIN)).getJsonArray("audit"))
                    .hasSize(1);
        }
    }

    @Test
    void recoveryThatCannotTakeARequestNowIsTryAgainAndNotAnErrorOfOurs() {
        assertThat(Faults.of(new RecoveryUnavailable("this controller does not lead")))
                .hasValueSatisfying(fault -> assertThat(fault.status()).isEqualTo(503));
    }

    private static Lead elsewhere(int port) {
        return new Lead.Elsewhere(URI.create("http://127.0.0.1:" + port));
    }
}
