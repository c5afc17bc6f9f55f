package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Whether consumers are asked, what they are asked, what they answer, and that only their own project's instances are there. */
class SaysApiTest extends ApiFixture {

    @Test
    void anInstanceAsksFromNowOnAndNoMore() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        String path = "/ha/v1/instances/" + vm.id() + "/say";
        assertThat(say(get(path, BLUE)).getBoolean("asks")).isFalse();

        JsonObject set = say(send("PUT", path, BLUE, null, "{\"seconds\": 90, \"default\": \"leave\"}"));
        assertThat(set.getInteger("seconds")).isEqualTo(90);
        assertThat(set.getString("default")).isEqualTo("leave");
        assertThat(set.getString("source")).isEqualTo("instance");
        assertThat(json(get("/v2.1/servers/" + vm.id() + "/metadata", BLUE))
                        .getJsonObject("metadata")
                        .getString("holdfast:say"))
                .isEqualTo("90:leave");
        assertThat(say(send("PUT", path, BLUE, null, "{\"seconds\": 0}")).getBoolean("asks"))
                .isFalse();
        assertThat(send("DELETE", path, BLUE, null, null).statusCode()).isEqualTo(204);
        assertThat(say(get(path, BLUE)).getString("source")).isNull();

        assertFault(send("PUT", path, BLUE, null, "{\"seconds\": 601}"), 400, "badRequest");
        assertFault(send("PUT", path, BLUE, null, "{\"seconds\": 9, \"default\": \"move\"}"), 400, "badRequest");
        assertFault(send("PUT", path, BLUE_READER, null, "{\"seconds\": 9}"), 403, "forbidden");
        assertFault(send("PUT", path, RED, null, "{\"seconds\": 9}"), 404, "itemNotFound");
        assertFault(get(path, RED), 404, "itemNotFound");
        assertFault(get("/ha/v1/instances/nonsense/say", BLUE), 404, "itemNotFound");
    }

    @Test
    void aGroupAsksForItsMembers() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        String made = json(send(
                        "POST",
                        "/v2.1/os-server-groups",
                        BLUE,
                        "2.64",
                        "{\"server_group\": {\"name\": \"pair\", \"policy\": \"anti-affinity\"}}"))
                .getJsonObject("server_group")
                .getString("id");
        groups.join(io.holdfast.model.ServerGroupId.parse(made), vm.id());
        String path = "/ha/v1/server-groups/" + made + "/say";
        assertThat(say(send("PUT", path, BLUE, null, "{\"seconds\": 60}")).getString("default"))
                .isEqualTo("recover");
        JsonObject member = say(get("/ha/v1/instances/" + vm.id() + "/say", BLUE));
        assertThat(member.getString("source")).isEqualTo("group");
        assertThat(member.getInteger("seconds")).isEqualTo(60);

        assertFault(send("PUT", path, BLUE, null, "{\"seconds\": 0}"), 400, "badRequest");
        assertFault(send("PUT", path, BLUE_READER, null, "{\"seconds\": 60}"), 403, "forbidden");
        assertFault(get(path, RED), 404, "itemNotFound");
        assertThat(send("DELETE", path, BLUE, null, null).statusCode()).isEqualTo(204);
        assertThat(say(get(path, BLUE)).getBoolean("asks")).isFalse();
        assertFault(get("/ha/v1/server-groups/" + UUID.randomUUID() + "/say", BLUE), 404, "itemNotFound");
    }

    @Test
    void aMemberAnswersForItsOwnProjectAloneAndTheSameAnswerMayComeAgain() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        cloud.says.ask(vm.id(), "vm", "blue");
        String path = "/ha/v1/instances/" + vm.id() + "/say";
        assertThat(json(get("/ha/v1/says", BLUE_READER)).getJsonArray("says")).hasSize(1);
        assertThat(json(get("/ha/v1/says", RED)).getJsonArray("says")).isEmpty();
        assertThat(json(get("/ha/v1/says", ADMIN)).getJsonArray("says")).hasSize(1);
        assertThat(say(get(path, BLUE)).getJsonObject("asked").getString("deadline"))
                .isEqualTo("2026-01-01T00:01:00Z");

        assertFault(send("POST", path, BLUE_READER, null, "{\"answer\": \"recover\"}"), 403, "forbidden");
        assertFault(send("POST", path, RED, null, "{\"answer\": \"recover\"}"), 404, "itemNotFound");
        assertFault(send("POST", path, BLUE, null, "{\"answer\": \"perhaps\"}"), 400, "badRequest");
        assertFault(
                send("POST", path, BLUE, null, "{\"answer\": \"recover\", \"case\": \"nonsense\"}"),
                409,
                "conflictingRequest");
        assertFault(
                send("POST", path, BLUE, null, "{\"answer\": \"recover\", \"case\": \"" + UUID.randomUUID() + "\"}"),
                409,
                "conflictingRequest");

        assertFault(send("POST", path, BLUE, null, "{\"answer\": \"recover\", \"host\": \"h2\"}"), 404, "itemNotFound");
        String h2 = HostId.of("h2").opaqueTo(io.holdfast.model.ProjectId.of("blue"));
        String answer = "{\"answer\": \"recover\", \"host\": \"" + h2 + "\", \"case\": \"" + FakeSays.CASE + "\"}";
        HttpResponse<String> heard = send("POST", path, BLUE, null, answer);
        assertThat(heard.statusCode()).isEqualTo(202);
        assertThat(say(heard).getString("answer")).isEqualTo("recover");
        assertThat(say(heard).getString("hostId")).isEqualTo(h2);
        assertThat(heard.body()).doesNotContain("\"h1\"").doesNotContain("\"h2\"");
        assertThat(json(send("POST", path, ADMIN, null, "{\"answer\": \"recover\", \"host\": \"h2\"}"))
                        .getJsonObject("say")
                        .getString("failedHost"))
                .isEqualTo("h1");
        assertThat(say(heard).getString("answeredBy")).startsWith("ann ");
        assertThat(send("POST", path, BLUE, null, answer).statusCode()).isEqualTo(202);
        assertFault(send("POST", path, BLUE, null, "{\"answer\": \"leave\"}"), 409, "conflictingRequest");
        assertThat(json(get("/ha/v1/says", BLUE)).getJsonArray("says")).isEmpty();

        JsonObject line = json(get("/ha/v1/audit?limit=50", ADMIN)).getJsonArray("audit").stream()
                .map(JsonObject.class::cast)
                .filter(one -> "answerSay".equals(one.getString("operation")) && one.getInteger("status", 0) == 202)
                .findFirst()
                .orElseThrow();
        assertThat(line.encode()).contains("ann").contains(path);
    }

    @Test
    void anOwnerHasAnInstanceOfAFailedHostRecoveredWhateverItsPolicy() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        String path = "/ha/v1/instances/" + vm.id() + "/recover";
        assertFault(send("POST", path, BLUE, null, "{}"), 409, "conflictingRequest");
        cloud.setForcedDown(HostId.of("h1"), true, Actor.HOLDFAST, "");

        assertThat(json(send("POST", path, ADMIN, null, "{\"host\": \"h2\"}")).getString("case"))
                .isNotEmpty();
        assertThat(cloud.log()).contains("evacuate to h2");
        assertFault(send("POST", path, BLUE_READER, null, "{}"), 403, "forbidden");
        assertFault(send("POST", path, RED, null, "{}"), 404, "itemNotFound");
        Instance building = cloud.add("new", "blue", ActualState.BUILDING);
        assertFault(
                send("POST", "/ha/v1/instances/" + building.id() + "/recover", BLUE, null, "{}"),
                409,
                "conflictingRequest");
    }

    private static JsonObject say(HttpResponse<String> answer) {
        return json(answer).getJsonObject("say");
    }
}
