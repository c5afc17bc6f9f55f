package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Words that come through Nova's, our own and Alertmanager's door. */
class WordsApiTest extends InstanceHaFixture {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");

    private JsonObject alert(String token, String status, String labels, Instant startsAt) throws Exception {
        HttpResponse<String> answer = send(
                "POST",
                "/ha/v1/alerts",
                token,
                null,
                "{\"version\": \"4\", \"groupKey\": \"{}\", \"status\": \"firing\", \"receiver\": \"holdfast\","
                        + " \"groupLabels\": {}, \"commonLabels\": {}, \"commonAnnotations\": {}, \"externalURL\":"
                        + " \"http://am\", \"alerts\": [{\"status\": \"" + status + "\", \"labels\": " + labels
                        + ", \"annotations\": {}, \"startsAt\": \"" + startsAt
                        + "\", \"endsAt\": \"0001-01-01T00:00:00Z\", \"generatorURL\": \"\", \"fingerprint\": \"ab\"}]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).getJsonArray("alerts").getJsonObject(0);
    }

    private static String labels(String name, String value) {
        return "{\"alertname\": \"HostDown\", \"" + name + "\": \"" + value + "\"}";
    }

    @Test
    void novasForceDownCondemnsAndAFencersIsAProof() throws Exception {
        String body = "{\"host\": \"h1\", \"binary\": \"nova-compute\", \"forced_down\": true}";
        assertThat(send("PUT", "/v2.1/os-services/force-down", ADMIN, "2.11", body)
                        .statusCode())
                .isEqualTo(200);
        assertThat(send("PUT", "/v2.1/os-services/force-down", FENCER, "2.11", body.replace("h1", "h2"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(asked("force-down"))
                .containsExactly(
                        "force-down h1 by root fenced false forced down through the Compute API",
                        "force-down h2 by fencer fenced true forced down through the Compute API");
    }

    @Test
    void aFiringAlertIsAWordAndAResolvedOneTakesItBack() throws Exception {
        JsonObject fired = alert(MONITOR, "firing", labels("instance", "h1:9100"), Instant.now());
        assertThat(fired.getString("result")).as(fired.encode()).isEqualTo("acted");
        assertThat(asked("force-down").getFirst()).startsWith("force-down h1 by monitor fenced false alert HostDown");
        assertThat(alert(DOUBTER, "resolved", labels("instance", "h1"), Instant.now())
                        .getString("reason"))
                .contains("forced down by somebody else");
        assertThat(asked("clear")).isEmpty();
        assertThat(alert(MONITOR, "resolved", labels("instance", "h1"), Instant.now())
                        .getString("result"))
                .isEqualTo("cleared");
        assertThat(asked("clear")).containsExactly("clear h1");
        assertThat(alert(MONITOR, "resolved", labels("instance", "h1"), Instant.now())
                        .getString("reason"))
                .isEqualTo("the host is not forced down");
    }

    @Test
    void anAlertThatFiresOnIsTheBusinessOfTheCaseThatItOpened() throws Exception {
        Instant began = Instant.now().minusSeconds(30);
        alert(MONITOR, "firing", labels("instance", "h1"), began);
        caseIs("RECOVERED", true);
        JsonObject again = alert(MONITOR, "firing", labels("instance", "h1"), began);
        assertThat(again.getString("result")).isEqualTo("joined");
        assertThat(again.getString("case")).isNotEmpty();
        assertThat(asked("force-down")).hasSize(1);
    }

    @Test
    void labelsNameHostsByNameByAddressOrByTheSettings() throws Exception {
        cloud.lives = true;
        for (String[] one : new String[][] {
            {labels("instance", "192.0.2.77:9100"), "h2"},
            {labels("instance", "192.0.2.1:9100"), "h1"},
            {"{\"holdfast_host\": \"h2\", \"instance\": \"h1\"}", "h2"}
        }) {
            JsonObject answer = alert(DOUBTER, "firing", one[0], Instant.now());
            assertThat(answer.getString("host")).as(one[0]).isEqualTo(one[1]);
            assertThat(answer.getString("reason")).contains("lease (present)");
        }
        for (String unknown : List.of(labels("instance", "h9"), labels("node", "h1"), "{}")) {
            JsonObject answer = alert(DOUBTER, "firing", unknown, Instant.now());
            assertThat(answer.getString("result")).isEqualTo("ignored");
            assertThat(answer.containsKey("host")).isFalse();
        }
        cloud.maintenance(H2, true, Actor.HOLDFAST, "");
        assertThat(alert(FENCER, "firing", labels("instance", "h2"), Instant.now())
                        .getString("reason"))
                .contains("in maintenance");
        assertThat(asked("force-down")).isEmpty();
    }

    @Test
    void alertmanagersOwnWayToShowATokenIsUnderstood() throws Exception {
        String body = "{\"version\": \"4\", \"alerts\": []}";
        for (String[] one : new String[][] {
            {"Bearer " + MONITOR, "200"}, {"bearer  " + MONITOR, "200"}, {"Bearer wrong", "401"}, {"Basic x", "401"}
        }) {
            HttpRequest request = request("/ha/v1/alerts", null)
                    .header("Authorization", one[0])
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .as(one[0])
                    .isEqualTo(Integer.parseInt(one[1]));
        }
        assertFault(send("POST", "/ha/v1/alerts", BLUE, null, body), 403, "forbidden");
        assertFault(send("POST", "/ha/v1/alerts", ADMIN, null, body.replace("4", "3")), 400, "badRequest");
        assertFault(
                send(
                        "POST",
                        "/ha/v1/alerts",
                        ADMIN,
                        null,
                        "{\"version\": \"4\", \"alerts\": [{\"status\": \"firing\", \"labels\": {\"instance\": \"h1\"},"
                                + " \"startsAt\": \"some time ago\"}]}"),
                400,
                "badRequest");
    }

    @Test
    void whoseWordOnlySuspectsIsLookedIntoThroughEveryDoor() throws Exception {
        cloud.lives = true;
        String body = "{\"host\": \"h1\", \"binary\": \"nova-compute\", \"forced_down\": true}";
        HttpResponse<String> nova = send("PUT", "/v2.1/os-services/force-down", DOUBTER, "2.11", body);
        assertFault(nova, 409, "conflictingRequest");
        assertThat(nova.body()).contains("Host h1 is not forced down: these signals say");
        HttpResponse<String> ours = send("POST", "/ha/v1/hosts/h1/force-down", DOUBTER, null, "{\"reason\": \"x\"}");
        assertFault(ours, 409, "conflictingRequest");
        assertThat(asked("force-down")).isEmpty();
        cloud.lives = false;
        assertThat(send("POST", "/ha/v1/hosts/h1/force-down", DOUBTER, null, "{\"reason\": \"x\"}")
                        .statusCode())
                .isEqualTo(202);
        assertThat(asked("force-down")).containsExactly("force-down h1 by doubter fenced false x");
    }

    @Test
    void onlyWhomTheSettingsTrustMayStateThatItHasFenced() throws Exception {
        String body = "{\"fenced\": true, \"reason\": \"x\"}";
        assertFault(send("POST", "/ha/v1/hosts/h1/force-down", DOUBTER, null, body), 403, "forbidden");
        assertFault(send("POST", "/ha/v1/hosts/h1/force-down", MONITOR, null, body), 403, "forbidden");
        assertThat(asked("force-down")).isEmpty();
        assertThat(send("POST", "/ha/v1/hosts/h1/force-down", ADMIN, null, body).statusCode())
                .as("an administrator whom no line names")
                .isEqualTo(202);
        assertThat(send("POST", "/ha/v1/hosts/h2/force-down", FENCER, null, "{\"reason\": \"y\"}")
                        .statusCode())
                .isEqualTo(202);
        assertThat(asked("force-down"))
                .containsExactly("force-down h1 by root fenced true x", "force-down h2 by fencer fenced true y");
    }
}
